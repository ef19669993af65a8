// ChainedScheduler: several schedulers on the same rate, one after the other at every step.
#include "compiler/rates/composite.hpp"

namespace fts::rates {

namespace {

class Chained final : public Composite {
 public:
  explicit Chained(Arguments& a) : Composite(a) {}

 private:
  void begin_group(Rate& rate, const Track& /*at*/) override {
    for (auto& part : parts()) part->join(rate);
  }
  void advance_group(Rate& rate, const Track& at) override {
    for (auto& part : parts()) part->advance(at.group, rate);
  }
};

}  // namespace

std::unique_ptr<LrScheduler> make_chained(Arguments& arguments) { return std::make_unique<Chained>(arguments); }

}  // namespace fts::rates
