// CosineAnnealingLR: half a cosine from the initial rate to eta_min over T_max positions, and back up after it.
#include <cmath>
#include <numbers>

#include "runtime/optim/lr/registry.hpp"

namespace fts::optim {

namespace {

class CosineAnnealing final : public LrScheduler {
 public:
  explicit CosineAnnealing(Arguments& a) : t_max_(a.required_integer("T_max")), eta_min_(a.number("eta_min", 0.0)) {
    a.require(t_max_ >= 1, "'T_max' must be at least 1");
  }

 private:
  [[nodiscard]] double next(const Rate& r) const override {
    constexpr double kPi = std::numbers::pi;
    const auto t = static_cast<double>(t_max_);
    if ((r.position - 1 - t_max_) % (2 * t_max_) == 0) {
      return r.lr + (r.initial_lr - eta_min_) * (1 - std::cos(kPi / t)) / 2;
    }
    const auto position = static_cast<double>(r.position);
    return (1 + std::cos(kPi * position / t)) / (1 + std::cos(kPi * (position - 1) / t)) * (r.lr - eta_min_) + eta_min_;
  }
  std::int64_t t_max_;
  double eta_min_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_cosine_annealing(Arguments& arguments) {
  return std::make_unique<CosineAnnealing>(arguments);
}

}  // namespace fts::optim
