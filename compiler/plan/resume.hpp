// What a checkpoint can go on under: the one set of rules for `ftsc check --resume` and for a run that is resumed.
#pragma once
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace fts::plan {

// What a checkpoint says of the run that it was taken of.
struct ResumePoint {
  Plan plan;
  int depth = 0;          // the phase that it trains
  bool in_epoch = false;  // taken between two batches of an epoch
  int world = 1;          // processes
  std::string ended;      // why the run had ended by then; empty: it had not
  bool cut = false;       // it ended before all batches of its last epoch were used
  std::string best_gone;  // the checkpoint of its best epoch, if that is not beside it any more
};

// The plan and the state of the checkpoint in folder `path`; FTS1101.
[[nodiscard]] tl::expected<ResumePoint, Error> read_resume_point(const std::string& path);

struct Obstacle {
  int depth = -1;  // the phase of the new plan that it concerns; -1: none
  std::string text;
};

// Every edit between the checkpoint's plan and `now` that it cannot follow, in the order of a plan; empty: it can go
// on. What the run has gone through is fixed: parameters, and the groups, optimizers, schedulers and names of the
// phases it has entered. Phases to come may change, as may how long the present one and the run last, what is kept on
// disk, and the strategies. `world`: how many processes go on.
[[nodiscard]] std::vector<Obstacle> resume_obstacles(const ResumePoint& at, const Plan& now, int world);

// FTS1102 with a note for each obstacle, in their order.
[[nodiscard]] Error resume_error(const std::string& path, const std::vector<Obstacle>& obstacles);

}  // namespace fts::plan
