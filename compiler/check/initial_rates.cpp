// What a new scheduler is told of each group must be told of as many groups as there are.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

// The number of groups before the phase adds its own, and behind.
struct Groups {
  GroupCount before, behind;
};

const resolve::ListValue* list_of(const resolve::Spec& scheduler, const char* name) {
  const auto* value = scheduler.arguments.given(name);
  return value == nullptr ? nullptr : value->as<resolve::ListValue>();
}

std::string in_words(const GroupCount& count) {
  return count.least == count.most ? std::to_string(count.least) : fmt::format("{} or {}", count.least, count.most);
}

void check_rates(const Context& context, const resolve::Phase& phase, const resolve::Spec& scheduler,
                 const Groups& groups) {
  const auto* rates = list_of(scheduler, "init_pg_lrs");
  if (rates == nullptr) return;
  const Span span = scheduler.arguments.value("init_pg_lrs")->span;
  const auto given = rates->elements.size();
  const auto within = [&](const GroupCount& count) { return given >= count.least && given <= count.most; };
  if (!within(groups.before) && !within(groups.behind)) {
    auto& d = context.diagnostics.report(
        Code::initial_rates_count, span,
        fmt::format("init_pg_lrs has {} rates, but there are {} groups before phase '{}' and {} in it", given,
                    in_words(groups.before), phase.name, in_words(groups.behind)));
    d.help = "give one rate a group, in the order of the phases; the last for the new group";
    if (replays_fts(context.program)) d.severity = Severity::warning;  // FTS takes what is there, and no more
  }
  if (scheduler.arguments.boolean("use_current_optimizer_pg_lrs").value_or(false))
    context.diagnostics
        .report(Code::two_initial_rates, span,
                "init_pg_lrs and use_current_optimizer_pg_lrs both say where the rates start; init_pg_lrs counts")
        .help = "leave one of them out";
}

}  // namespace

void initial_rates(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr || spec_of(*program.schedule, "optimizer") == nullptr)
    return;  // the program's groups are unknown
  const auto counts = group_counts(context);
  for (std::size_t i = 1; i < program.phases.size(); ++i) {
    const auto& phase = program.phases[i];
    const auto* scheduler = spec_of(*phase.body, "lr_scheduler");
    if (scheduler == nullptr) continue;
    check_rates(context, phase, *scheduler, {counts[i - 1], counts[i]});
    const auto* least = list_of(*scheduler, "min_lr");
    if (least == nullptr || (least->elements.size() >= counts[i].least && least->elements.size() <= counts[i].most))
      continue;
    context.diagnostics
        .report(Code::conflicting_arguments, scheduler->arguments.value("min_lr")->span,
                fmt::format("min_lr has {} rates for {} groups", least->elements.size(), in_words(counts[i])))
        .help = "give one rate for all groups, or one a group";
  }
}

}  // namespace fts::check
