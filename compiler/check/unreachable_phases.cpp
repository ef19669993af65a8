// Phases that max_depth or max_epochs keep the run from, and a first one that ends before it begins.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

// The run begins with epoch 0, so epoch(0) is reached before a step is taken. Python FTS allows it.
void first_phase(const Context& context) {
  const auto& program = context.program;
  const auto* limit = program.phases.empty() ? nullptr : epoch_limit(program.phases.front());
  if (limit == nullptr || limit->count > 0 || replays_fts(program)) return;
  context.diagnostics
      .report(Code::phase_unreachable, limit->span,
              fmt::format("phase '{}' trains nothing: it ends where epoch 0 starts", program.phases.front().name))
      .help = "write epoch(1) or later, or leave the phase out";
}

}  // namespace

void unreachable_phases(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr) return;
  first_phase(context);
  const auto depth = program.schedule->integer("max_depth").value_or(-1);
  const auto epochs = program.schedule->integer("max_epochs");
  for (std::size_t i = 1; i < program.phases.size(); ++i) {
    const auto& phase = program.phases[i];
    if (depth >= 0 && static_cast<std::int64_t>(i) > depth) {
      context.diagnostics
          .report(Code::phase_unreachable, phase.name_span,
                  fmt::format("phase '{}' is never reached: max_depth is {}", phase.name, depth))
          .notes.push_back({"max_depth", program.schedule->value("max_depth")->span});
      continue;
    }
    const auto* until = program.phases[i - 1].body->value("until");
    const auto* before = until == nullptr ? nullptr : until->as<resolve::Condition>();
    const bool only_epoch = before != nullptr && before->kind == resolve::Condition::Kind::epoch;
    if (epochs && only_epoch && before->count >= *epochs) {
      auto& d = context.diagnostics.report(
          Code::phase_unreachable, phase.name_span,
          fmt::format("phase '{}' is never reached: it starts at epoch {}, and the run ends after {} epochs",
                      phase.name, before->count, *epochs));
      d.notes.push_back({"the phase before it ends here", before->span});
      d.help = "raise max_epochs";
    }
  }
}

}  // namespace fts::check
