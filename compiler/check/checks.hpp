// The checks, by name; each stands in the file of its name. Private to the stage.
#pragma once
#include "compiler/check/check.hpp"

namespace fts::check {

void empty_phases(const Context& context);
void epoch_order(const Context& context);
void freeze(const Context& context);
void frozen_in_graph(const Context& context);
void group_settings(const Context& context);
void groups(const Context& context);
void never_thawed(const Context& context);
void optimizer_arguments(const Context& context);
void overlapping_phases(const Context& context);
void plateau_monitor(const Context& context);
void scheduler_arguments(const Context& context);
void tied_apart(const Context& context);
void unreachable_phases(const Context& context);

}  // namespace fts::check
