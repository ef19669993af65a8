// The blocks of an imported file. Private to the stage.
#pragma once
#include "compiler/interop/configuration.hpp"
#include "compiler/interop/text.hpp"

namespace fts::interop {

// model { … }: sizes that a configuration names. Nothing is written if it names none.
void write_model(const Context& context, const Configuration& configuration, Writer& writer);
// schedule { … } with its phases; without `schedule` it is the implicit one.
void write_schedule(const Context& context, const Configuration& configuration, const Yaml* schedule, Writer& writer);
// What FinetuningScheduler, its two callbacks and the Trainer have no argument for is refused, as Python does
// (TypeError). What changes a run, but has no place in fts, is a warning.
void check_argument_names(const Context& context, const Configuration& configuration);
// The same for an object of one of Lightning's strategies; `name` is its class.
void check_strategy_arguments(const Context& context, const Yaml& strategy, std::string_view name);
// monitor = … and checkpoint = … inside of the schedule; `schedule` as for write_schedule.
void write_monitor(const Context& context, const Configuration& configuration, Writer& writer);
void write_checkpoint(const Context& context, const Configuration& configuration, const Yaml* schedule, Writer& writer);
// strategy … { … }; nothing is written where the configuration asks for one process only.
void write_strategy(const Context& context, const Configuration& configuration, Writer& writer);
// fsdp_plan { … }, fsdp_default_kwargs = { … } and tp_plan { … } inside of a strategy.
void write_fsdp_plan(const Context& context, const Yaml& plan, Writer& writer);
void write_fsdp_defaults(const Context& context, const Yaml& defaults, Writer& writer);
void write_tp_plan(const Context& context, const Configuration& configuration, Writer& writer);

}  // namespace fts::interop
