// The phase machine: which phase trains, when the run moves on, when it ends. Counters and metrics in, decisions out;
// no tensor, no clock, no I/O, so that every rule is a line of a table test.
//
// Order of calls in a run: start_epoch, end_step after every optimizer step, end_epoch, start_epoch of the next, …
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/plan/plan.hpp"
#include "runtime/phase/condition.hpp"
#include "runtime/phase/rules.hpp"

namespace fts::phase {

struct Decision {
  enum class Kind { stay, move, end };
  Kind kind = Kind::stay;
  std::string reason;  // for people: "plateau: val_loss has not improved for 2 epochs"; empty for stay
};

class PhaseMachine {
 public:
  // The schedule must be a verified plan's (at least one phase).
  explicit PhaseMachine(const plan::Schedule& schedule);

  // The decision at the start of an epoch (from 0). `epoch(n)` and `epochs(n)` count here, and what end_epoch saw takes
  // effect. At most one move: each phase that is entered trains. After a move depth() is the new phase's. After an
  // end every later decision is that end.
  Decision start_epoch(std::int64_t epoch);

  // The decision after an optimizer step; `steps` is how many the run has made. Only max_steps and conditions with
  // `step(n)` can hold here, so that a move in the middle of an epoch is always one that the schedule asks for.
  Decision end_step(std::int64_t steps);

  // Takes the metrics of the epoch's end; all of needed_metrics() must be there. `stopping_threshold` ends the phase;
  // `divergence_threshold` and values that are not finite end the run (under `compat = fts` all three do).
  void end_epoch(const Metrics& metrics);

  [[nodiscard]] int depth() const { return depth_; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::int64_t max_epochs() const { return max_epochs_; }  // raised by a last phase's epoch(n); -1: none
  [[nodiscard]] std::vector<std::string> needed_metrics() const { return condition_.needed_metrics(); }
  // Epochs that the present phase has trained to their end, when `epoch` starts.
  [[nodiscard]] std::int64_t epochs_in_phase(std::int64_t epoch) const;

  // All that a resumed run needs; restore() gives back what state() saw, or says what does not fit the schedule.
  [[nodiscard]] nlohmann::json state() const;
  [[nodiscard]] tl::expected<void, std::string> restore(const nlohmann::json& state);

 private:
  Decision decide(const Counters& at);
  Decision end(std::string reason);
  Decision move(std::int64_t first_whole_epoch, std::string reason);

  std::vector<plan::Condition> untils_;
  Rules rules_;
  int last_depth_;
  std::int64_t max_epochs_;
  std::int64_t max_steps_;

  int depth_ = 0;
  std::int64_t epoch_ = 0;        // the epoch that runs
  std::int64_t phase_start_ = 0;  // the first epoch that counts as the phase's own
  std::int64_t step_ = 0;
  bool ended_ = false;
  std::string end_reason_;
  std::string threshold_;  // the phase's metric has passed its stopping threshold: why it ends; else empty
  ConditionState condition_;
};

}  // namespace fts::phase
