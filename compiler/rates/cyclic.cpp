// CyclicLR (Smith 2017): the rate goes up and down between base_lr and max_lr, the momentum the other way.
#include <cmath>

#include "compiler/rates/expression.hpp"
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

enum class Mode { triangular, triangular2, exp_range };

Mode mode_of(const std::string& word) {
  return word == "triangular2" ? Mode::triangular2 : word == "exp_range" ? Mode::exp_range : Mode::triangular;
}

class Cyclic final : public LrScheduler {
 public:
  explicit Cyclic(Arguments& a)
      : base_lrs_(a.required_numbers("base_lr")),
        max_lrs_(a.required_numbers("max_lr")),
        mode_(mode_of(a.word("mode", {"triangular", "triangular2", "exp_range"}))),
        gamma_(a.number("gamma", 1.0)),
        cycle_momentum_(a.boolean("cycle_momentum", true)),
        base_momentums_(a.numbers("base_momentum", 0.8)),
        max_momentums_(a.numbers("max_momentum", 0.9)) {
    const auto up = static_cast<double>(a.integer("step_size_up", 2000));
    const auto down = static_cast<double>(a.integer("step_size_down", static_cast<std::int64_t>(up)));
    a.require(up >= 1 && down >= 1, "'step_size_up' and 'step_size_down' must be at least 1");
    a.ignore({"scale_mode"});  // each mode has its own
    total_size_ = up + down;
    step_ratio_ = up / total_size_;
  }

 private:
  [[nodiscard]] double scale(double cycle, double position) const {
    if (mode_ == Mode::triangular) return 1.0;
    return mode_ == Mode::triangular2 ? 1 / std::pow(2.0, cycle - 1) : std::pow(gamma_, position);
  }
  [[nodiscard]] double first(Rate& rate, const Track& at) const override { return next(rate, at); }
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    const auto position = static_cast<double>(at.position);
    const double cycle = std::floor(1 + position / total_size_);
    const double x = 1.0 + position / total_size_ - cycle;
    const double factor = x <= step_ratio_ ? x / step_ratio_ : (x - 1) / (step_ratio_ - 1);
    if (cycle_momentum_ && rate.momentum) {
      const double most = of_group(max_momentums_, at.group);
      rate.momentum = most - (most - of_group(base_momentums_, at.group)) * factor * scale(cycle, position);
    }
    const double base = of_group(base_lrs_, at.group);
    return base + (of_group(max_lrs_, at.group) - base) * factor * scale(cycle, position);
  }

  std::vector<double> base_lrs_;
  std::vector<double> max_lrs_;
  Mode mode_;
  double gamma_;
  bool cycle_momentum_;
  std::vector<double> base_momentums_;
  std::vector<double> max_momentums_;
  double total_size_ = 1;
  double step_ratio_ = 1;
};

}  // namespace

std::unique_ptr<LrScheduler> make_cyclic(Arguments& arguments) { return std::make_unique<Cyclic>(arguments); }

}  // namespace fts::rates
