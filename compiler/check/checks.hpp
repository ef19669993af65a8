// The checks, by name; each stands in the file of its name. Private to the stage.
#pragma once
#include "compiler/check/check.hpp"

namespace fts::check {

void best_never_saved(const Context& context);
void empty_phases(const Context& context);
void epoch_order(const Context& context);
void epoch_transitions_only(const Context& context);
void freeze(const Context& context);
void frozen_in_graph(const Context& context);
void fts_first_phase(const Context& context);
void fts_first_transition(const Context& context);
void fts_last_epoch(const Context& context);
void fts_late_groups(const Context& context);
void fts_new_optimizer(const Context& context);
void fts_not_enforced(const Context& context);
void fts_schedulers(const Context& context);
void fts_thresholds(const Context& context);
void group_settings(const Context& context);
void groups(const Context& context);
void initial_rates(const Context& context);
void never_thawed(const Context& context);
void no_decay_parts(const Context& context);
void one_group_only(const Context& context);
void optimizer_arguments(const Context& context);
void overlapping_phases(const Context& context);
void plateau_monitor(const Context& context);
void rate_lists(const Context& context);
void reinit_beside_phases(const Context& context);
void scheduler_arguments(const Context& context);
void tied_apart(const Context& context);
void unreachable_phases(const Context& context);
void untrainable_dtypes(const Context& context);
void zero_rates(const Context& context);

}  // namespace fts::check
