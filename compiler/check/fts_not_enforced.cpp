// Without enforce_phase0_params FTS leaves the program's groups alone, and adds none for parameters they hold.
#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void fts_not_enforced(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program) || program.schedule->boolean("enforce_phase0_params").value_or(true)) return;
  context.diagnostics
      .report(Code::groups_not_enforced, program.schedule->value("enforce_phase0_params")->span,
              "if the program gives all parameters to its optimizer, no phase adds a group, and the phases' rates have "
              "no effect")
      .help = "leave it out, or give the optimizer the parameters of phase 0 only";
}

}  // namespace fts::check
