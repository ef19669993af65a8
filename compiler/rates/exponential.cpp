// ExponentialLR: times gamma at every position.
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class Exponential final : public LrScheduler {
 public:
  explicit Exponential(Arguments& a) : gamma_(a.required_number("gamma")) {}

 private:
  [[nodiscard]] double next(Rate& rate, const Track& /*at*/) const override { return rate.lr * gamma_; }
  double gamma_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_exponential(Arguments& arguments) { return std::make_unique<Exponential>(arguments); }

}  // namespace fts::rates
