// Tied parameters are one tensor: units that would shard it twice break the tie.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

void tied_units(const StrategyContext& context) {
  const auto& graph = context.graph();
  const auto& layout = context.layout;
  const auto in_words = [&](std::uint32_t unit) {
    return unit == kNone ? std::string("no unit") : unit_in_words(context, layout.units[unit]);
  };
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const ParamId first = graph.parameter(p).tied_to;
    if (first == kNone || layout.unit_of[p] == layout.unit_of[first]) continue;
    const auto unit = layout.unit_of[p] == kNone ? layout.unit_of[first] : layout.unit_of[p];
    auto& d = context.check.diagnostics.report(
        Code::tied_across_units, origin_span(context, layout.units[unit]),
        fmt::format("'{}' and '{}' share one tensor, but belong to {} and {}", graph.parameter(first).name,
                    graph.parameter(p).name, in_words(layout.unit_of[first]), in_words(layout.unit_of[p])));
    d.help = "leave both to the unit around them: take the module of one out of the units";
  }
}

}  // namespace fts::adapters
