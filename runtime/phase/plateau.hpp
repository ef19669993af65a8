// When a metric has stopped improving: the rules of FTSEarlyStopping (finetuning-scheduler 2.14), which are
// Lightning's.
#pragma once
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "compiler/plan/plan.hpp"

namespace fts::phase {

// A double as JSON and back without loss: JSON has no infinity and no NaN, which become strings.
[[nodiscard]] nlohmann::json exact(double value);
[[nodiscard]] double exact(const nlohmann::json& value);

// What one value of the metric says. The last three end more than a wait: see PhaseMachine.
enum class Verdict { improved, waiting, plateau, threshold_reached, diverged, not_finite };

// Watches one metric. A value improves when it is better than the best one by more than `min_delta`; the plateau is
// reached when `patience` values in a row did not improve, and with a patience of 0 by the first that does not.
class Plateau {
 public:
  // `single`: in the arithmetic of float32 tensors, as Lightning has its metrics.
  explicit Plateau(plan::Monitor monitor, bool single = false);

  // Takes the metric of an epoch's end. A value that is not finite counts for nothing unless `check_finite` says so.
  Verdict observe(double value);

  // True from the value that ended the patience until one improves again.
  [[nodiscard]] bool reached() const { return wait_ > 0 && wait_ >= monitor_.patience; }
  [[nodiscard]] const plan::Monitor& monitor() const { return monitor_; }
  [[nodiscard]] std::optional<double> best() const { return best_; }
  [[nodiscard]] int wait_count() const { return wait_; }
  // The best score of the phase before, which counts on under `compat = fts`.
  void keep_best(std::optional<double> best) { best_ = best; }
  // "val_loss has not improved for 2 epochs"
  [[nodiscard]] std::string reason() const;

  [[nodiscard]] nlohmann::json state() const;
  void restore(const nlohmann::json& state);  // throws nlohmann's exceptions on another shape

 private:
  [[nodiscard]] bool better(double a, double b) const { return monitor_.maximize ? a > b : a < b; }

  [[nodiscard]] double less_delta(double value) const;

  plan::Monitor monitor_;
  bool single_;
  std::optional<double> best_;
  int wait_ = 0;
};

}  // namespace fts::phase
