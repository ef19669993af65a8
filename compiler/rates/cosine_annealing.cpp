// CosineAnnealingLR: half a cosine from the initial rate to eta_min over T_max positions, and back up after it.
#include <cmath>
#include <numbers>

#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class CosineAnnealing final : public LrScheduler {
 public:
  explicit CosineAnnealing(Arguments& a) : t_max_(a.required_integer("T_max")), eta_min_(a.number("eta_min", 0.0)) {
    a.require(t_max_ >= 1, "'T_max' must be at least 1");
  }

 private:
  [[nodiscard]] double again(Rate& /*rate*/, const Track& at) const override {
    return eta_min_ + (at.base_lr - eta_min_) * (1 + 1.0) / 2;
  }
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    constexpr double kPi = std::numbers::pi;
    const auto t = static_cast<double>(t_max_);
    if ((at.position - 1 - t_max_) % (2 * t_max_) == 0) {
      return rate.lr + (at.base_lr - eta_min_) * (1 - std::cos(kPi / t)) / 2;
    }
    const auto position = static_cast<double>(at.position);
    return (1 + std::cos(kPi * position / t)) / (1 + std::cos(kPi * (position - 1) / t)) * (rate.lr - eta_min_) +
           eta_min_;
  }
  std::int64_t t_max_;
  double eta_min_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_cosine_annealing(Arguments& arguments) {
  return std::make_unique<CosineAnnealing>(arguments);
}

}  // namespace fts::rates
