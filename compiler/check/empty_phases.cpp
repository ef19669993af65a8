// Every phase trains something.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void empty_phases(const Context& context) {
  for (const auto& phase : context.program.phases) {
    if (faulty(context, phase) || !thawed(context, phase).empty()) continue;
    auto& d = context.diagnostics.report(Code::empty_phase, thaw_span(phase),
                                         fmt::format("phase '{}' has nothing to train", phase.name));
    d.help = "its selection is empty in this model; leave the phase out, or name other parameters";
    // FTS goes on with what the phases before it have thawed; only phase 0 must have something.
    if (replays_fts(context.program) && &phase != &context.program.phases.front()) d.severity = Severity::warning;
  }
}

}  // namespace fts::check
