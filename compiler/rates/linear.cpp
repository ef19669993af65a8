// LinearLR: from start_factor to end_factor of the initial rate over total_iters positions.
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class Linear final : public LrScheduler {
 public:
  explicit Linear(Arguments& a)
      : start_(a.number("start_factor", 1.0 / 3)),
        end_(a.number("end_factor", 1.0)),
        total_iters_(static_cast<double>(a.integer("total_iters", 5))) {
    a.require(start_ > 0 && start_ <= 1, "'start_factor' must be greater than 0 and at most 1");
    a.require(end_ >= 0 && end_ <= 1, "'end_factor' must be between 0 and 1");
    a.require(total_iters_ >= 1, "'total_iters' must be at least 1");
  }

 private:
  [[nodiscard]] double first(Rate& rate, const Track& /*at*/) const override { return rate.lr * start_; }
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    const auto position = static_cast<double>(at.position);
    if (position > total_iters_) return rate.lr;
    return rate.lr * (1.0 + (end_ - start_) / (total_iters_ * start_ + (position - 1) * (end_ - start_)));
  }
  double start_;
  double end_;
  double total_iters_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_linear(Arguments& arguments) { return std::make_unique<Linear>(arguments); }

}  // namespace fts::rates
