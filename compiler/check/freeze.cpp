// A phase can freeze only what an earlier phase thawed.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void freeze(const Context& context) {
  const auto& selections = context.program.selections;
  resolve::Set earlier(context.graph.parameter_count());
  for (const auto& phase : context.program.phases) {
    if (phase.freeze && !selections.faulty(*phase.freeze)) {
      const Span span = phase.body->value("freeze")->span;
      const resolve::Set wrong = selections.set(*phase.freeze) - earlier;
      if (!wrong.empty()) {
        context.diagnostics
            .report(Code::freeze_not_thawed, span,
                    fmt::format("phase '{}' freezes {} that no earlier phase has thawed", phase.name,
                                in_words(wrong, context.graph)))
            .help = "only what trains can be frozen again; leave the others out";
      }
    }
    earlier |= thawed(context, phase);
    if (phase.freeze) earlier -= selections.set(*phase.freeze);
  }
}

}  // namespace fts::check
