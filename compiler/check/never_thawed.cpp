// Parameters that no phase thaws stay as they are: intended, or forgotten.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void never_thawed(const Context& context) {
  const auto& program = context.program;
  if (program.phases.empty() || context.diagnostics.has_errors()) return;  // a phase may be missing only by its faults
  resolve::Set left(context.graph.parameter_count());
  for (graph::ParamId p = 0; p < context.graph.parameter_count(); ++p) {
    if (context.graph.parameter(p).requires_grad) left.insert(p);
  }
  for (const auto& phase : program.phases) left -= resolve::with_ties(thawed(context, phase), context.graph);
  if (left.empty()) return;
  const auto& last = program.phases.back();
  context.diagnostics
      .report(Code::never_thawed, last.name_span, fmt::format("no phase thaws {}", in_words(left, context.graph)))
      .help = "they stay frozen through the whole run; a last phase with `thaw = rest` would train them";
}

}  // namespace fts::check
