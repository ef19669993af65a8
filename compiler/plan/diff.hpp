// What changes from one plan to another, in the order of a run.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/plan/plan.hpp"

namespace fts::plan {

// A change of one thing. `before` or `after` is null where there is none: the thing is new, or gone.
struct Change {
  std::string path;  // "schedule.max_epochs", "phase top.until", "strategy sharded.settings.mesh", "parameter a.weight"
  nlohmann::json before, after;
};

// Phases and groups are compared by name, parameters by name: "parameter NAME" says which phase thaws it. A plan's
// source hash is no part of it. Empty: the same run.
[[nodiscard]] std::vector<Change> diff(const Plan& before, const Plan& after);

}  // namespace fts::plan
