// Under compat = fts the last phase's epoch ends nothing: it only raises max_epochs.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void fts_last_epoch(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program) || program.phases.empty()) return;
  if (program.schedule->boolean("epoch_transitions_only").value_or(false)) return;  // FTS asks for it then
  const auto& last = program.phases.back();
  const auto* limit = epoch_limit(last);
  const auto max_epochs = program.schedule->integer("max_epochs");
  if (limit == nullptr || !max_epochs) return;
  context.diagnostics
      .report(Code::last_epoch_ignored, limit->span,
              fmt::format("phase '{}' is the last, so its epoch does not end it: FTS goes on to max_epochs, which "
                          "becomes {} if it is less",
                          last.name, limit->count))
      .help = "leave it out, and write max_epochs";
}

}  // namespace fts::check
