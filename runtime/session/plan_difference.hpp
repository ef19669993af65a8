// What has changed between the plan of a checkpoint and the one that a run is resumed with.
#pragma once
#include <string>
#include <vector>

namespace fts::session {

// A line for each difference that a checkpoint cannot follow ("schedule.phases.1.name was "top", is "upper""), at most
// twelve; empty: the run may go on. Both texts are plans'. Where the sources lay, and how long to train, may change.
[[nodiscard]] std::vector<std::string> plan_differences(const std::string& before, const std::string& now);

}  // namespace fts::session
