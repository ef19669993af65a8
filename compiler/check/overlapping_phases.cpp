// Phases are disjoint: each parameter is named by one.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void overlapping_phases(const Context& context) {
  const auto& phases = context.program.phases;
  resolve::Set named(context.graph.parameter_count());
  for (std::size_t later = 0; later < phases.size(); ++later) {
    const bool overlaps = !(named & thawed(context, phases[later])).empty();
    named |= thawed(context, phases[later]);
    for (std::size_t earlier = 0; overlaps && earlier < later; ++earlier) {
      const resolve::Set both = thawed(context, phases[earlier]) & thawed(context, phases[later]);
      if (both.empty()) continue;
      const bool all = both.count() == thawed(context, phases[later]).count();
      auto& d = context.diagnostics.report(
          Code::phases_overlap, thaw_span(phases[later]),
          fmt::format("phase '{}' thaws {} that phase '{}' has thawed already", phases[later].name,
                      in_words(both, context.graph), phases[earlier].name));
      d.notes.push_back({fmt::format("phase '{}' thaws them here", phases[earlier].name), thaw_span(phases[earlier])});
      d.help =
          all ? "every parameter of this phase is thawed earlier: leave the phase out, or name them in one phase only"
              : "take them out with `- …`, or write `rest` for what no earlier phase named";
    }
  }
}

}  // namespace fts::check
