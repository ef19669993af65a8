// ReduceLROnPlateau: times factor when the metric has not improved for more than `patience` steps. One count for all
// groups, since there is one metric.
#include <algorithm>
#include <limits>
#include <utility>

#include "compiler/rates/expression.hpp"
#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class ReduceOnPlateau final : public LrScheduler {
 public:
  explicit ReduceOnPlateau(Arguments& a)
      : maximize_(a.word("mode", {"min", "max"}) == "max"),
        relative_(a.word("threshold_mode", {"rel", "abs"}) == "rel"),
        factor_(a.number("factor", 0.1)),
        threshold_(a.number("threshold", 1e-4)),
        eps_(a.number("eps", 1e-8)),
        patience_(a.integer("patience", 10)),
        cooldown_(a.integer("cooldown", 0)),
        min_lrs_(a.numbers("min_lr", 0)),
        best_(maximize_ ? -kInfinity : kInfinity) {
    a.require(factor_ < 1, "'factor' must be less than 1");
  }

  void step(std::span<Rate* const> rates, double metric) override {
    if (better(metric)) {
      best_ = metric;
      bad_ = 0;
    } else {
      ++bad_;
    }
    if (cooling_ > 0) {
      --cooling_;
      bad_ = 0;
    }
    reduce_ = bad_ > patience_;
    LrScheduler::step(rates, metric);
    if (!std::exchange(reduce_, false)) return;
    cooling_ = cooldown_;
    bad_ = 0;
  }

  // FTS gives a later group the least rate of the first one.
  void join_beside(double base_lr) override {
    if (min_lrs_.size() > 1) {
      min_lrs_.resize(groups(), min_lrs_.back());
      min_lrs_.push_back(min_lrs_.front());
    }
    LrScheduler::join_beside(base_lr);
  }

  [[nodiscard]] nlohmann::json state() const override {
    auto all = LrScheduler::state();
    const bool none = best_ == kInfinity || best_ == -kInfinity;  // JSON has no infinity
    all.update({{"best", none ? nlohmann::json() : nlohmann::json(best_)},
                {"bad", bad_},
                {"cooling", cooling_},
                {"min_lrs", min_lrs_}});
    return all;
  }
  void restore(const nlohmann::json& state) override {
    LrScheduler::restore(state);
    best_ = state.at("best").is_null() ? (maximize_ ? -kInfinity : kInfinity) : state.at("best").get<double>();
    bad_ = state.at("bad").get<std::int64_t>();
    cooling_ = state.at("cooling").get<std::int64_t>();
    min_lrs_ = state.at("min_lrs").get<std::vector<double>>();
  }

 private:
  [[nodiscard]] bool better(double metric) const {
    if (maximize_) return metric > (relative_ ? best_ * (threshold_ + 1.0) : best_ + threshold_);
    return metric < (relative_ ? best_ * (1.0 - threshold_) : best_ - threshold_);
  }
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    if (!reduce_) return rate.lr;
    const double reduced = std::max(rate.lr * factor_, of_group(min_lrs_, at.group));
    return rate.lr - reduced > eps_ ? reduced : rate.lr;
  }

  bool maximize_;
  bool relative_;
  double factor_;
  double threshold_;
  double eps_;
  std::int64_t patience_;
  std::int64_t cooldown_;
  std::vector<double> min_lrs_;
  double best_;
  std::int64_t bad_ = 0;
  std::int64_t cooling_ = 0;
  bool reduce_ = false;  // the step that is being made
};

}  // namespace

std::unique_ptr<LrScheduler> make_reduce_on_plateau(Arguments& arguments) {
  return std::make_unique<ReduceOnPlateau>(arguments);
}

}  // namespace fts::rates
