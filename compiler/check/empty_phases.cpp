// Every phase trains something, and so does a schedule without phases.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void empty_phases(const Context& context) {
  if (context.graph.parameter_count() == 0 && context.program.phases.empty()) {
    const auto* schedule = context.program.schedule;
    context.diagnostics
        .report(Code::empty_phase, schedule == nullptr ? Span{} : schedule->span,
                fmt::format("'{}' has no parameters: there is nothing to train", context.graph.model()))
        .help = "give the model's own graph or weights; `ftsc graph` shows what a file holds";
  }
  const bool fts = replays_fts(context.program);
  for (const auto& phase : context.program.phases) {
    if (faulty(context, phase) || !thawed(context, phase).empty()) continue;
    auto& d = context.diagnostics.report(Code::empty_phase, thaw_span(phase),
                                         fmt::format("phase '{}' has nothing to train", phase.name));
    d.help = "its selection is empty in this model; leave the phase out, or name other parameters";
    // FTS goes on with what the phases before it have thawed; only phase 0 must have something.
    if (fts && &phase != &context.program.phases.front()) d.severity = Severity::warning;
  }
}

}  // namespace fts::check
