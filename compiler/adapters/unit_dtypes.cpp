// The parameters of a unit that train at one time share one buffer, hence one dtype.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

void unit_dtypes(const StrategyContext& context) {
  const auto& graph = context.graph();
  if (!graph.has_shapes()) return;
  const bool flat = context.strategy.adapter->schema->name == "fsdp";
  for (const Unit& unit : context.layout.units) {
    if (std::ranges::all_of(unit.parameters, [&](ParamId p) {
          return graph.parameter(p).dtype == graph.parameter(unit.parameters.front()).dtype;
        }))
      continue;
    std::map<graph::DType, std::vector<ParamId>> by_dtype;
    for (const ParamId p : unit.parameters) {
      // Per parameter, a frozen one has no gradient to reduce with the others'.
      if (flat || context.training.thawed_in[p] != kNone) by_dtype[graph.parameter(p).dtype].push_back(p);
    }
    if (by_dtype.size() < 2) continue;
    std::string words;
    for (const auto& [dtype, parameters] : by_dtype) {
      words += fmt::format("{}{}: {}", words.empty() ? "" : "; ", name(dtype), parameters_in_words(graph, parameters));
    }
    context.check.diagnostics
        .report(Code::mixed_dtypes, origin_span(context, unit),
                fmt::format("{} holds parameters of different dtypes ({})", unit_in_words(context, unit), words))
        .help = flat ? "make units of their own of the modules with the other dtype (awp_overrides), or ignore them"
                     : "give those of another dtype a unit of their own, or ignored_params";
  }
}

}  // namespace fts::adapters
