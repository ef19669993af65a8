// ConstantLR: factor times the initial rate until position total_iters, the whole rate from there on.
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class Constant final : public LrScheduler {
 public:
  explicit Constant(Arguments& a) : factor_(a.number("factor", 1.0 / 3)), total_iters_(a.integer("total_iters", 5)) {
    a.require(factor_ >= 0 && factor_ <= 1, "'factor' must be between 0 and 1");
  }

 private:
  [[nodiscard]] double first(Rate& rate, const Track& /*at*/) const override { return rate.lr * factor_; }
  [[nodiscard]] double again(Rate& /*rate*/, const Track& at) const override {
    return at.base_lr * (factor_ + (total_iters_ <= 0 ? 1 - factor_ : 0.0));
  }
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    if (at.position != total_iters_) return rate.lr;
    return factor_ == 0 ? at.base_lr : rate.lr * (1.0 / factor_);  // PyTorch divides by zero here
  }
  double factor_;
  std::int64_t total_iters_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_constant(Arguments& arguments) { return std::make_unique<Constant>(arguments); }

}  // namespace fts::rates
