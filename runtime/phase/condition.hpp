// Evaluates a phase's `until`: a tree of `any` and `all` over leaves that look at counters and metrics.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/plan/plan.hpp"
#include "runtime/phase/plateau.hpp"

namespace fts::phase {

using Metrics = std::map<std::string, double, std::less<>>;

// Where the run stands when a condition is asked.
struct Counters {
  std::int64_t epoch = 0;            // the epoch that starts or runs, from 0
  std::int64_t epochs_in_phase = 0;  // epochs that this phase has trained to their end
  std::int64_t step = 0;             // optimizer steps of the whole run
};

// The condition of one phase with what it has seen so far.
class ConditionState {
 public:
  explicit ConditionState(const plan::Condition& condition, bool single_precision = false);

  // Takes an epoch's metrics; all of needed_metrics() must be there. The worst verdict of its plateaus with its
  // reason: not_finite before diverged before threshold_reached; else improved, waiting or plateau, in that order.
  struct Report {
    Verdict verdict = Verdict::waiting;
    std::string reason;
  };
  Report observe(const Metrics& metrics);

  // The reason why the condition holds, or nothing. `plateaus_only`: counters never hold (the last phase under
  // `compat = fts`, where an epoch raises max_epochs and ends nothing).
  [[nodiscard]] std::optional<std::string> holds(const Counters& at, bool plateaus_only = false) const;

  [[nodiscard]] std::vector<std::string> needed_metrics() const;  // each once, in the order written
  [[nodiscard]] bool counts_steps() const;                        // can become true at a step's end
  [[nodiscard]] std::vector<Plateau>& plateaus() { return plateaus_; }
  [[nodiscard]] const std::vector<Plateau>& plateaus() const { return plateaus_; }

  [[nodiscard]] nlohmann::json state() const;
  void restore(const nlohmann::json& state);  // throws nlohmann's exceptions on another shape

 private:
  [[nodiscard]] std::optional<std::string> leaf(const plan::Condition& c, const Counters& at, bool plateaus_only) const;
  [[nodiscard]] std::optional<std::string> tree(const plan::Condition& c, const Counters& at, bool plateaus_only) const;

  std::shared_ptr<const plan::Condition> condition_;  // its nodes are keys: they must not move
  std::vector<const plan::Condition*> monitored_;     // the plateau leaves of condition_
  std::vector<Plateau> plateaus_;
  Metrics last_;  // the latest value of every metric that a leaf looks at
};

// The greatest n of any `epoch(n)` in the condition, -1 if there is none.
[[nodiscard]] std::int64_t greatest_epoch(const plan::Condition& condition);

}  // namespace fts::phase
