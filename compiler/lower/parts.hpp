// The parts of lowering. Private to the stage.
#pragma once
#include <optional>
#include <vector>

#include "compiler/lower/lower.hpp"

namespace fts::lower {

using resolve::with_ties;

// One name a tensor: the first.
[[nodiscard]] resolve::Set first_names(const resolve::Set& parameters, const graph::ParamGraph& graph);

// lower_until.cpp
[[nodiscard]] plan::Monitor lower_monitor(const resolve::Metric& metric);
// The condition of a phase; `until` null: plateau on the schedule's monitor, or never where there is none.
[[nodiscard]] plan::Condition lower_until(const resolve::Condition* until, const std::optional<plan::Monitor>& monitor);

// lower_groups.cpp: what a phase's groups are made from.
struct GroupContext {
  const resolve::Program* program = nullptr;
  const graph::ParamGraph* graph = nullptr;
  const plan::Spec* optimizer = nullptr;         // in force; null: the program's own
  bool new_optimizer_lr = false;                 // the phase brings an optimizer that says its lr
  const plan::Spec* reinit_optimizer = nullptr;  // a new one at each later phase of an implicit schedule
  bool compat_fts = false;  // phase 0 and new optimizers follow the optimizer's or phase's own rate
  double base_max_lr = 0;
  std::optional<resolve::Set> no_decay;
};
[[nodiscard]] std::vector<plan::Group> lower_groups(const GroupContext& context, const resolve::Phase& phase,
                                                    int depth);

// implicit.cpp: the schedule of a file without phases (FTS's default: two parameters a phase, the last first).
[[nodiscard]] std::vector<plan::Phase> implicit_phases(const GroupContext& context,
                                                       const std::optional<plan::Monitor>& monitor);

// lower_settings.cpp: attributes as JSON, selections as lists of names, rules as lists of {"select", "value"}.
[[nodiscard]] nlohmann::json lower_settings(const resolve::Body& body, const resolve::Program& program,
                                            const graph::ParamGraph& graph);
[[nodiscard]] plan::Spec lower_spec(const resolve::Spec& spec);

}  // namespace fts::lower
