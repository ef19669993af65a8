// CosineAnnealingWarmRestarts: half a cosine to eta_min that starts anew, each period T_mult times as long.
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class WarmRestarts final : public LrScheduler {
 public:
  explicit WarmRestarts(Arguments& a)
      : t_0_(a.required_integer("T_0")), t_mult_(a.integer("T_mult", 1)), eta_min_(a.number("eta_min", 0.0)) {
    a.require(t_0_ >= 1, "'T_0' must be at least 1");
    a.require(t_mult_ >= 1, "'T_mult' must be at least 1");
  }

 private:
  // PyTorch's T_cur and T_i: the position within the period, and its length.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> in_period(std::int64_t position) const {
    if (t_mult_ == 1) return {position % t_0_, t_0_};
    std::int64_t length = t_0_;
    while (position >= length) {
      position -= length;
      if (__builtin_mul_overflow(length, t_mult_, &length)) length = std::numeric_limits<std::int64_t>::max();
    }
    return {position, length};
  }

  [[nodiscard]] double first(Rate& rate, const Track& at) const override { return next(rate, at); }
  [[nodiscard]] double next(Rate& /*rate*/, const Track& at) const override {
    const auto [current, length] = in_period(at.position);
    return eta_min_ +
           (at.base_lr - eta_min_) *
               (1 + std::cos(std::numbers::pi * static_cast<double>(current) / static_cast<double>(length))) / 2;
  }
  std::int64_t t_0_;
  std::int64_t t_mult_;
  double eta_min_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_cosine_annealing_warm_restarts(Arguments& arguments) {
  return std::make_unique<WarmRestarts>(arguments);
}

}  // namespace fts::rates
