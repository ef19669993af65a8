// A parameter without dimensions has nothing to shard: it stays whole on every rank. PyTorch refuses it in a unit, and
// so does compat = fts.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

void scalar_parameters(const StrategyContext& context) {
  if (!context.compat()) return;
  const auto& graph = context.graph();
  std::vector<ParamId> scalars;
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    const bool scalar = parameter.shape_known && parameter.shape.empty();
    if (scalar && context.layout.unit_at[parameter.module] != kNone) scalars.push_back(p);
  }
  if (scalars.empty()) return;
  context.check.diagnostics
      .report(Code::bad_placement, context.strategy.body->value("adapter")->span,
              fmt::format("PyTorch does not shard {}: it has no dimension", parameters_in_words(graph, scalars)))
      .help = "give it the shape [1] in the program, or leave out compat = fts: then it stays whole on every rank";
}

}  // namespace fts::adapters
