// A scheduled parameter that the model itself has frozen will be thawed all the same: say so.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void frozen_in_graph(const Context& context) {
  resolve::Set all_frozen(context.graph.parameter_count());
  for (graph::ParamId p = 0; p < context.graph.parameter_count(); ++p) {
    if (!context.graph.parameter(p).requires_grad) all_frozen.insert(p);
  }
  for (const auto& phase : context.program.phases) {
    const resolve::Set frozen = thawed(context, phase) & all_frozen;
    if (frozen.empty()) continue;
    context.diagnostics
        .report(Code::frozen_in_graph, thaw_span(phase),
                fmt::format("phase '{}' thaws {} that the model has frozen (requires_grad is false)", phase.name,
                            in_words(frozen, context.graph)))
        .help = "write `- frozen` to leave them frozen";
  }
}

}  // namespace fts::check
