// Where only epochs end phases, every phase needs one; FTS asks the last one too.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void epoch_transitions_only(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr || !program.schedule->boolean("epoch_transitions_only").value_or(false)) return;
  const Span asked = program.schedule->value("epoch_transitions_only")->span;
  if (program.phases.empty() && program.schedule->find("phase") == nullptr) {
    context.diagnostics.report(Code::epoch_missing, asked, "an implicit schedule has no epochs at which its phases end")
        .help = "write the phases, each with until = epoch(n), or leave epoch_transitions_only out";
  }
  for (const auto& phase : program.phases) {
    if (epoch_limit(phase) != nullptr) continue;
    auto& d = context.diagnostics.report(
        Code::epoch_missing, phase.name_span,
        fmt::format("phase '{}' has no epoch at which it ends, and nothing else may end it", phase.name));
    d.notes.push_back({"epoch_transitions_only", asked});
    d.help = "write until = epoch(n); FTS asks the last phase for one too";
  }
}

}  // namespace fts::check
