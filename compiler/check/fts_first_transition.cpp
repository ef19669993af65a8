// Under compat = fts: a transition at epoch 0 finds no checkpoint to restore.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void fts_first_transition(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program) || !restores_best(program) || program.phases.size() < 2) return;
  const auto* limit = epoch_limit(program.phases.front());
  if (limit == nullptr || limit->count != 0 || program.schedule->integer("max_depth") == 0) return;
  context.diagnostics
      .report(Code::restore_before_training, limit->span,
              fmt::format("phase '{}' ends at epoch 0, before there is a checkpoint to restore",
                          program.phases.front().name))
      .help = "write epoch(1) or later, or restore_best = false";
}

}  // namespace fts::check
