// Parameters outside every unit stay whole on every rank; in a phase they stand beside sharded ones.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

// Of the phases that train a plain parameter: those that train sharded ones with it.
std::string mixed_phases(const StrategyContext& context, const std::vector<bool>& plain) {
  std::string words;
  if (!context.training.known) return words;
  std::vector<std::pair<bool, bool>> seen(context.training.phases.size());  // thaws plain, sharded
  for (ParamId p = 0; p < context.graph().parameter_count(); ++p) {
    const auto phase = context.training.thawed_in[p];
    if (phase != kNone) (plain[p] ? seen[phase].first : seen[phase].second) = true;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].first && seen[i].second) {
      words += fmt::format("{}'{}'", words.empty() ? "" : ", ", context.training.phases[i]);
    }
  }
  return words;
}

}  // namespace

void plain_parameters(const StrategyContext& context) {
  const auto& graph = context.graph();
  if (context.layout.units.empty() || !context.layout.known) return;
  std::vector<bool> plain(graph.parameter_count(), false);
  std::vector<ParamId> all;
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    plain[p] = context.layout.unit_at[graph.parameter(p).module] == kNone;  // what is ignored on purpose is not meant
    if (plain[p] && graph.parameter(p).tied_to == kNone) all.push_back(p);
  }
  if (all.empty()) return;
  const auto* plan = body_setting(context.strategy, "fsdp_plan");
  auto& d = context.check.diagnostics.report(
      Code::plain_parameters, plan == nullptr ? context.strategy.name_span : plan->rules.back().span,
      fmt::format("{} {} in no unit of fsdp_plan: whole on every rank, with optimizer state and gradients",
                  parameters_in_words(graph, all), all.size() == 1 ? "is" : "are"));
  const std::string mixed = mixed_phases(context, plain);
  if (!mixed.empty()) d.notes.push_back({"parameter groups mix sharded and plain parameters in " + mixed, {}});
  d.help = "a last rule for the root shards what is left: \"\" => {}";
}

}  // namespace fts::adapters
