// Under compat = fts phase 0 takes the schedule's optimizer and scheduler, and no new ones.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void fts_first_phase(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program) || program.phases.empty()) return;
  const auto& first = program.phases.front();
  for (const char* name : {"optimizer", "lr_scheduler"}) {
    if (first.body->given(name) == nullptr) continue;
    context.diagnostics
        .report(Code::new_in_first_phase, first.body->find(name)->name_span,
                fmt::format("phase '{}' is the first, and FTS refuses a new_{} there", first.name, name))
        .help = fmt::format("move {} into the schedule", name);
  }
}

}  // namespace fts::check
