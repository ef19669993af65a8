// What a new scheduler is told of each group must be told of as many groups as there are.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

void two_sources(const Context& context, const resolve::Spec& scheduler) {
  if (given_list(scheduler, "init_pg_lrs") == nullptr ||
      !scheduler.arguments.boolean("use_current_optimizer_pg_lrs").value_or(false))
    return;
  context.diagnostics
      .report(Code::two_initial_rates, scheduler.arguments.value("init_pg_lrs")->span,
              "init_pg_lrs and use_current_optimizer_pg_lrs both say where the rates start; init_pg_lrs counts")
      .help = "leave one of them out";
}

// `before`: the groups without those of the phase itself. FTS does not count: groups without a rate keep theirs.
void count_rates(const Context& context, const resolve::Phase& phase, const resolve::Spec& scheduler,
                 const GroupCount& before, const GroupCount& here) {
  const auto* rates = given_list(scheduler, "init_pg_lrs");
  const bool fts = replays_fts(context.program);
  if (rates == nullptr || here.holds(rates->size()) || (fts && before.holds(rates->size()))) return;
  auto& d = context.diagnostics.report(
      Code::initial_rates_count, scheduler.arguments.value("init_pg_lrs")->span,
      fmt::format("init_pg_lrs has {} rate{}, but there {} {} group{} before phase '{}' and {} in it", rates->size(),
                  rates->size() == 1 ? "" : "s", before.most == 1 ? "is" : "are", in_words(before),
                  before.most == 1 ? "" : "s", phase.name, in_words(here)));
  d.help = "give one rate a group, in the order of the phases; the last for the new group";
  if (fts) d.severity = Severity::warning;
}

}  // namespace

void initial_rates(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr) return;
  for (const auto& phase : program.phases) {
    if (const auto* scheduler = spec_of(*phase.body, "lr_scheduler")) two_sources(context, *scheduler);
  }
  const bool own = spec_of(*program.schedule, "optimizer") == nullptr;
  if (own && replays_fts(program)) return;  // what FTS makes of its groups depends on more than the file
  const auto counts = group_counts_with_own(context);
  for (std::size_t i = 1; i < program.phases.size(); ++i) {
    const auto& phase = program.phases[i];
    if (faulty(context, program.phases[i - 1]) || faulty(context, phase)) return;  // nothing is known of the groups
    if (const auto* scheduler = spec_of(*phase.body, "lr_scheduler"))
      count_rates(context, phase, *scheduler, counts[i - 1], counts[i]);
  }
}

}  // namespace fts::check
