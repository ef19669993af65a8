// OneCycleLR (Smith and Topin 2018): one rise to max_lr and one fall far below where it began. Behind total_steps,
// where PyTorch raises, the rate stays.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "compiler/rates/expression.hpp"
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

enum End { initial, greatest, least };

struct Leg {
  double end_step;
  End from;
  End to;
  bool momentum_from_max;
  bool momentum_to_max;
};

std::vector<Leg> legs(double total, double pct_start, bool three_phase) {
  const double up = pct_start * total - 1;
  if (!three_phase) return {{up, initial, greatest, true, false}, {total - 1, greatest, least, false, true}};
  return {{up, initial, greatest, true, false},
          {2 * pct_start * total - 2, greatest, initial, false, true},
          {total - 1, initial, least, true, true}};
}

class OneCycle final : public LrScheduler {
 public:
  explicit OneCycle(Arguments& a)
      : max_lrs_(a.required_numbers("max_lr")),
        cosine_(a.word("anneal_strategy", {"cos", "linear"}) == "cos"),
        cycle_momentum_(a.boolean("cycle_momentum", true)),
        base_momentums_(a.numbers("base_momentum", 0.85)),
        max_momentums_(a.numbers("max_momentum", 0.95)),
        div_factor_(a.number("div_factor", 25.0)),
        final_div_factor_(a.number("final_div_factor", 1e4)) {
    total_ = a.integer("total_steps", a.integer("epochs", 0) * a.integer("steps_per_epoch", 0));
    a.require(total_ >= 1, "'total_steps', or 'epochs' and 'steps_per_epoch', must be given and at least 1");
    legs_ = legs(static_cast<double>(total_), a.number("pct_start", 0.3), a.boolean("three_phase", false));
  }

 private:
  [[nodiscard]] double anneal(double start, double end, double share) const {
    if (!cosine_) return (end - start) * share + start;
    return end + (start - end) / 2.0 * (std::cos(std::numbers::pi * share) + 1);
  }
  [[nodiscard]] double lr(End end, std::size_t group) const {
    const double max_lr = of_group(max_lrs_, group);
    const double first_lr = max_lr / div_factor_;
    return end == greatest ? max_lr : end == initial ? first_lr : first_lr / final_div_factor_;
  }
  [[nodiscard]] double first(Rate& rate, const Track& at) const override { return next(rate, at); }
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    if (at.position > total_) return rate.lr;
    const auto step = static_cast<double>(at.position);
    double start_step = 0;
    std::size_t i = 0;
    for (; i + 1 < legs_.size() && step > legs_[i].end_step; ++i) start_step = legs_[i].end_step;
    const auto& leg = legs_[i];
    // A leg without length (one step in all) is at its end.
    const double length = leg.end_step - start_step;
    const double share = length == 0 ? 1.0 : (step - start_step) / length;
    if (cycle_momentum_ && rate.momentum) {
      const double most = of_group(max_momentums_, at.group);
      const double base = of_group(base_momentums_, at.group);
      rate.momentum = anneal(leg.momentum_from_max ? most : base, leg.momentum_to_max ? most : base, share);
    }
    return anneal(lr(leg.from, at.group), lr(leg.to, at.group), share);
  }
  void begin_group(Rate& rate, const Track& at) override {
    rate.initial_lr = lr(initial, at.group);
    rate.lr = first(rate, at);
  }

  std::vector<double> max_lrs_;
  bool cosine_;
  bool cycle_momentum_;
  std::vector<double> base_momentums_;
  std::vector<double> max_momentums_;
  double div_factor_;
  double final_div_factor_;
  std::int64_t total_ = 1;
  std::vector<Leg> legs_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_one_cycle(Arguments& arguments) { return std::make_unique<OneCycle>(arguments); }

}  // namespace fts::rates
