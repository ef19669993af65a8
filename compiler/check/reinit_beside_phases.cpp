// What is made anew at each phase of an implicit schedule has no effect where the phases are written.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void reinit_beside_phases(const Context& context) {
  const auto* schedule = context.program.schedule;
  if (schedule == nullptr || schedule->find("phase") == nullptr) return;
  for (const auto& [name, own] : {std::pair{"reinit_optim_cfg", "optimizer"}, {"reinit_lr_cfg", "lr_scheduler"}}) {
    if (schedule->given(name) == nullptr) continue;
    context.diagnostics
        .report(Code::conflicting_arguments, schedule->find(name)->name_span,
                fmt::format("{} is for implicit schedules, and this one has phases", name))
        .help = fmt::format("give the phases an {} of their own, or leave it out", own);
  }
}

}  // namespace fts::check
