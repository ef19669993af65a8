// PolynomialLR: down to nought over total_iters positions, by a polynomial of the given power.
#include <cmath>

#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class Polynomial final : public LrScheduler {
 public:
  explicit Polynomial(Arguments& a)
      : total_iters_(static_cast<double>(a.integer("total_iters", 5))), power_(a.number("power", 1.0)) {
    a.require(total_iters_ >= 1, "'total_iters' must be at least 1");
  }

 private:
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    const auto position = static_cast<double>(at.position);
    if (position > total_iters_) return rate.lr;
    const double left = (1.0 - position / total_iters_) / (1.0 - (position - 1) / total_iters_);
    return rate.lr * std::pow(left, power_);
  }
  double total_iters_;
  double power_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_polynomial(Arguments& arguments) { return std::make_unique<Polynomial>(arguments); }

}  // namespace fts::rates
