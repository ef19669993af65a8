// What a phase thaws must have gradients: integers have none, and no optimizer steps in eight bits.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void untrainable_dtypes(const Context& context) {
  using graph::DType;
  for (const auto& phase : context.program.phases) {
    resolve::Set untrainable(context.graph.parameter_count());
    DType first = DType::other;
    for (const auto p : thawed(context, phase).members()) {
      const auto dtype = context.graph.parameter(p).dtype;
      const bool trains = dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
      if (trains || dtype == DType::other) continue;  // other: not known
      if (first == DType::other) first = dtype;
      untrainable.insert(p);
    }
    if (untrainable.empty()) continue;
    context.diagnostics
        .report(Code::dtype_unsupported, thaw_span(phase),
                fmt::format("phase '{}' thaws {}, of dtype {}: no optimizer trains in it", phase.name,
                            in_words(untrainable, context.graph), name(first)))
        .help = "take them out: `… where dtype == bf16` selects what can train";
  }
}

}  // namespace fts::check
