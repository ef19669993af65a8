// Under compat = fts: the schedulers that FTS takes, and where.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

void check_new(const Context& context, const resolve::Spec* scheduler) {
  if (scheduler == nullptr || resolve::fts_supports(scheduler->schema->name)) return;
  context.diagnostics
      .report(Code::unsupported_by_fts, scheduler->arguments.span,
              fmt::format("FTS takes no '{}' as a new scheduler", scheduler->schema->name))
      .help =
      "take step, multi_step, constant, linear, exponential, cosine_annealing, cosine_annealing_warm_restarts, "
      "reduce_on_plateau, lambda or multiplicative";
}

// cyclic and one_cycle keep a rate for each group that they began with: with one more, PyTorch's next step fails.
void check_first(const Context& context, const resolve::Spec& first) {
  const auto& program = context.program;
  const auto& schedule = *program.schedule;
  if (first.schema->name != "cyclic" && first.schema->name != "one_cycle") return;
  if (program.phases.size() == 1 || schedule.integer("max_depth") == 0) return;  // no phase adds a group
  if (!schedule.boolean("enforce_phase0_params").value_or(true)) return;         // the optimizer may hold them all
  const auto* next =
      program.phases.empty() ? spec_of(schedule, "reinit_lr_cfg") : spec_of(*program.phases[1].body, "lr_scheduler");
  if (next != nullptr) return;  // it takes its place
  context.diagnostics
      .report(
          Code::unsupported_by_fts, first.arguments.span,
          fmt::format("'{}' knows the groups of the first phase only, and its first step after the second has added "
                      "one fails",
                      first.schema->name))
      .help = "give the second phase a scheduler of its own, or take cosine_annealing";
}

}  // namespace

void fts_schedulers(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program)) return;
  const auto& schedule = *program.schedule;
  const auto* first = spec_of(schedule, "lr_scheduler");
  const bool several = program.phases.size() != 1;
  if (first != nullptr && several && (first->schema->name == "chained" || first->schema->name == "sequential")) {
    context.diagnostics
        .report(
            Code::unsupported_by_fts, first->arguments.span,
            fmt::format("'{}' keeps no base rates, and FTS fails on it at the first transition", first->schema->name))
        .help = "take one of its parts";
  }
  if (first != nullptr) check_first(context, *first);
  check_new(context, spec_of(schedule, "reinit_lr_cfg"));
  const auto* none = schedule.given("lr_scheduler");
  const bool starts_without = none != nullptr && first == nullptr;
  if (const auto* each = spec_of(schedule, "reinit_lr_cfg"); each != nullptr && starts_without) {
    context.diagnostics
        .report(Code::no_first_scheduler, each->arguments.span,
                "every later phase brings a new scheduler, but the run starts with none, and FTS fails on that")
        .help = "give the schedule a scheduler too, such as constant { factor = 1.0 }";
  }
  for (const auto& phase : program.phases) {
    const auto* own = spec_of(*phase.body, "lr_scheduler");
    check_new(context, own);
    if (own == nullptr || !starts_without) continue;
    auto& d = context.diagnostics.report(
        Code::no_first_scheduler, own->arguments.span,
        fmt::format("phase '{}' brings a new scheduler, but the run starts with none, and FTS fails on that",
                    phase.name));
    d.notes.push_back({"none here", none->span});
    d.help = "give the schedule a scheduler too, such as constant { factor = 1.0 }";
  }
}

}  // namespace fts::check
