// The best checkpoint can only be restored if it is kept.
#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void best_never_saved(const Context& context) {
  const auto* schedule = context.program.schedule;
  const auto* checkpoint = schedule == nullptr ? nullptr : schedule->body("checkpoint");
  if (checkpoint == nullptr || checkpoint->integer("save_top_k") != 0 || !restores_best(context.program)) return;
  context.diagnostics
      .report(Code::best_never_saved, checkpoint->value("save_top_k")->span,
              "save_top_k = 0 keeps no checkpoint, and restore_best needs the best one")
      .help = "write save_top_k = 1, or restore_best = false";
}

}  // namespace fts::check
