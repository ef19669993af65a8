// plateau watches a metric, so there must be one.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

void without_monitor(const Context& context, const resolve::Condition& until) {
  std::vector<const resolve::Condition*> all;
  leaves(until, all);
  for (const auto* leaf : all) {
    if (leaf->kind != resolve::Condition::Kind::plateau || (leaf->monitor && !leaf->monitor->name.empty())) continue;
    context.diagnostics.report(Code::plateau_without_monitor, leaf->span, "plateau has no metric to watch").help =
        "write monitor = val_loss in the schedule, or plateau(monitor = val_loss)";
  }
}

}  // namespace

void plateau_monitor(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr || program.schedule->find("monitor") != nullptr) return;
  for (std::size_t i = 0; i < program.phases.size(); ++i) {
    const auto& phase = program.phases[i];
    const resolve::Entry* until = phase.body->find("until");
    if (until != nullptr) {
      if (const auto* condition = until->value->as<resolve::Condition>()) without_monitor(context, *condition);
    } else if (i + 1 < program.phases.size()) {  // the last phase may run to the end of the training
      context.diagnostics
          .report(
              Code::plateau_without_monitor, phase.name_span,
              fmt::format("phase '{}' ends by plateau, as it does not say until when, and there is no metric to watch",
                          phase.name))
          .help = "write monitor = val_loss in the schedule, or until = epoch(2) here";
    }
  }
}

}  // namespace fts::check
