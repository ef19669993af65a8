// A parameter without dimensions has nothing to shard; PyTorch refuses it in a unit.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

void scalar_parameters(const StrategyContext& context) {
  const bool flat = context.strategy.adapter->schema->name == "fsdp";
  for (const Unit& unit : context.layout.units) {
    std::vector<ParamId> scalars;
    for (const ParamId p : unit.parameters) {
      const auto parameter = context.graph().parameter(p);
      if (parameter.shape_known && parameter.shape.empty()) scalars.push_back(p);
    }
    if (scalars.empty()) continue;
    context.check.diagnostics
        .report(Code::bad_placement, origin_span(context, unit),
                fmt::format("{} holds {}, without a dimension to shard", unit_in_words(context, unit),
                            parameters_in_words(context.graph(), scalars)))
        .help = flat ? "give it the shape [1] in the program"
                     : fmt::format("keep it whole on every rank: ignored_params = \"{}\"",
                                   context.graph().parameter(scalars.front()).name);
  }
}

}  // namespace fts::adapters
