// Where the project's own rules and those of the Python Fine-Tuning Scheduler (`compat = fts`) part, outside of groups
// and rates: one line each, so that docs/FTS_DIFFERENCES.md and this table can be read side by side.
#pragma once
#include "compiler/plan/plan.hpp"

namespace fts::phase {

struct Rules {
  bool one_best_for_the_run = false;          // best epoch and best score of the plateau outlive their phase
  bool best_only_where_saved = false;         // epochs between `every_n_epochs` cannot become the best
  bool always_restore = false;                // also when the best is the epoch that has just ended
  bool restore_at_end = true;                 // the last phase's best is brought back when the run ends
  bool threshold_ends_run = false;            // stopping_threshold ends the run, not the phase
  bool last_epoch_only_raises = false;        // epoch(n) of the last phase raises max_epochs and ends nothing
  bool raised_by_written_last_phase = false;  // …and it is the file's last phase, though max_depth stops before it
  bool first_phase_raises = true;             // phase 0's epoch(n) counts for what max_epochs is raised to
  bool single_precision_metrics = false;      // metrics are float32 tensors, and compared as such
  bool frequency_counts_batches = false;      // a scheduler's `frequency` in steps counts the batches of the epoch
  bool restoring_frees_batch_norms = false;   // a move that restores lets those of later phases track already
  bool nan_can_be_best = false;               // the first epoch of all, as the worst value that there is
  bool schedulers_see_last_metric = false;    // after an epoch without validation too

  [[nodiscard]] static constexpr Rules of(bool compat_fts) {
    return compat_fts ? Rules{true, true, true, false, true, true, true, false, true, true, true, true, true} : Rules{};
  }
  [[nodiscard]] static Rules of(const plan::Schedule& schedule) { return of(schedule.compat_fts); }
};

}  // namespace fts::phase
