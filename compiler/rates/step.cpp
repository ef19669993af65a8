// StepLR: times gamma every step_size positions.
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class Step final : public LrScheduler {
 public:
  explicit Step(Arguments& a) : step_size_(a.required_integer("step_size")), gamma_(a.number("gamma", 0.1)) {
    a.require(step_size_ >= 1, "'step_size' must be at least 1");
  }

 private:
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    return at.position % step_size_ != 0 ? rate.lr : rate.lr * gamma_;
  }
  std::int64_t step_size_;
  double gamma_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_step(Arguments& arguments) { return std::make_unique<Step>(arguments); }

}  // namespace fts::rates
