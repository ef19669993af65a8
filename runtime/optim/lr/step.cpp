// StepLR: times gamma every step_size positions.
#include "runtime/optim/lr/registry.hpp"

namespace fts::optim {

namespace {

class Step final : public LrScheduler {
 public:
  explicit Step(Arguments& a) : step_size_(a.required_integer("step_size")), gamma_(a.number("gamma", 0.1)) {
    a.require(step_size_ >= 1, "'step_size' must be at least 1");
  }

 private:
  [[nodiscard]] double next(const Rate& r) const override {
    return r.position % step_size_ != 0 ? r.lr : r.lr * gamma_;
  }
  std::int64_t step_size_;
  double gamma_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_step(Arguments& arguments) { return std::make_unique<Step>(arguments); }

}  // namespace fts::optim
