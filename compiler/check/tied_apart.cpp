// Tied parameters share one tensor: they are thawed together, and belong to one group.
#include <map>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

struct Where {
  std::size_t place = 0;  // of the phase or rule
  graph::ParamId name = 0;
};

void groups_apart(const Context& context, const resolve::Phase& phase, const resolve::Body& groups,
                  const resolve::Set& tied) {
  std::map<graph::ParamId, Where> seen;  // first name of a tensor to the rule that holds it, and by which name
  for (std::size_t r = 0; r < groups.rules.size(); ++r) {
    for (const auto p : (context.program.selections.set(groups.rules[r].selection) & tied).members()) {
      const auto parameter = context.graph.parameter(p);
      const auto first = parameter.tied_to == graph::kNone ? p : parameter.tied_to;
      const auto [at, fresh] = seen.try_emplace(first, Where{r, p});
      if (fresh || at->second.place == r || at->second.name == p) continue;
      context.diagnostics
          .report(Code::tied_apart, groups.rules[r].span,
                  fmt::format("'{}' and '{}' share one tensor, but stand in different groups of phase '{}'",
                              parameter.name, context.graph.parameter(at->second.name).name, phase.name))
          .notes.push_back({"the other group", groups.rules[at->second.place].span});
    }
  }
}

}  // namespace

void tied_apart(const Context& context) {
  const auto& phases = context.program.phases;
  const resolve::Set tied = resolve::tied_parameters(context.graph);
  std::map<graph::ParamId, Where> seen;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (const auto p : (thawed(context, phases[i]) & tied).members()) {
      const auto parameter = context.graph.parameter(p);
      const auto first = parameter.tied_to == graph::kNone ? p : parameter.tied_to;
      const auto [at, fresh] = seen.try_emplace(first, Where{i, p});
      if (fresh || at->second.place == i || at->second.name == p) continue;
      auto& d = context.diagnostics.report(
          Code::tied_apart, thaw_span(phases[i]),
          fmt::format("'{}' and '{}' share one tensor, but phases '{}' and '{}' thaw them apart", parameter.name,
                      context.graph.parameter(at->second.name).name, phases[i].name, phases[at->second.place].name));
      d.notes.push_back({fmt::format("phase '{}' thaws the other name", phases[at->second.place].name),
                         thaw_span(phases[at->second.place])});
      d.help = "tied parameters train together: name them in one phase";
    }
    if (const auto* groups = phases[i].body->body("groups")) groups_apart(context, phases[i], *groups, tied);
  }
}

}  // namespace fts::check
