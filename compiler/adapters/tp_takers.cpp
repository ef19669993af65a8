// What should have taken up columns, most likely; and what should have been split with them.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/adapters/tensor_parallel.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

// A rule has it already, unless it is a column without a row.
bool is_taken(const graph::ParamGraph& graph, const Pairing& pairing, ModuleId module) {
  return std::any_of(pairing.plan.entries.begin(), pairing.plan.entries.end(), [&](const TpEntry& entry) {
    if (entry.module != module) return false;
    const auto columns = pairing.columns.find(scope_of(graph, entry));
    return !leaves_split(*entry.style) || columns == pairing.columns.end() || columns->second.paired;
  });
}

// A linear layer whose input is as wide as what one of the columns gives out.
bool may_take(const graph::ParamGraph& graph, const graph::Parameter& parameter,
              const std::vector<const TpEntry*>& columns) {
  const auto module = graph.module(parameter.module);
  if (parameter.module == 0 || !parameter.shape_known || parameter.shape.size() != 2) return false;
  if (kind_of(module) == ModuleKind::embedding || role_of(module.name) == Role::opens) return false;
  const std::int64_t in = parameter.shape[kind_of(module) == ModuleKind::transposed ? 0 : 1];
  const bool closes = role_of(module.name) == Role::closes;
  return std::any_of(columns.begin(), columns.end(), [&](const TpEntry* column) {
    const auto sides = sides_of(graph, *column);
    const bool behind = !graph.has_types() || closes || column->module < parameter.module;
    return sides && behind && column->module != parameter.module &&
           (sides->out == in || (is_fused(graph.module(column->module).name) && sides->out > in));
  });
}

}  // namespace

ModuleId taker_of(const graph::ParamGraph& graph, const Pairing& pairing, const std::vector<const TpEntry*>& columns) {
  if (columns.front()->of_parameter) return kNone;
  ModuleId found = kNone;
  for (ModuleId scope = scope_of(graph, *columns.front()); scope != kNone && found == kNone;
       scope = is_block(graph, scope) ? kNone : graph.module(scope).parent) {
    for (ParamId p = 0; p < graph.parameter_count(); ++p) {
      const auto parameter = graph.parameter(p);
      const bool inside = scope == 0 ? graph.module(parameter.module).parent == 0  // not the whole model
                                     : is_within(graph, parameter.module, scope);
      if (!inside || !may_take(graph, parameter, columns) || is_taken(graph, pairing, parameter.module)) continue;
      const bool surer = role_of(graph.module(parameter.module).name) == Role::closes;
      if (found == kNone || surer) found = parameter.module;
      if (surer) break;
    }
  }
  return found;
}

// A sibling with the same input that the plan leaves whole: its output does not fit to the split ones.
void tp_left_out(const StrategyContext& context, const Pairing& pairing) {
  const auto& graph = context.graph();
  std::vector<bool> planned(graph.module_count(), false);
  for (const auto& entry : pairing.plan.entries) planned[entry.module] = true;
  std::map<std::size_t, std::vector<ModuleId>> by_rule;
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    const auto module = graph.module(parameter.module);
    if (planned[parameter.module] || parameter.shape.size() != 2 || parameter.module == 0) continue;
    const auto group = pairing.columns.find(module.parent);
    if (group == pairing.columns.end() || !group->second.paired || kind_of(module) != ModuleKind::linear) continue;
    const TpEntry* same = nullptr;
    for (const auto* entry : group->second.entries) {
      const auto sides = sides_of(graph, *entry);
      if (!entry->of_parameter && sides && sides->in == parameter.shape[1]) same = entry;
    }
    // A narrow one (a router, a low rank) is no part of the split.
    if (same != nullptr && parameter.shape[0] * 8 >= sides_of(graph, *same)->out)
      by_rule[same->rule].push_back(parameter.module);
  }
  const auto* plan = body_setting(context.strategy, "tp_plan");
  for (const auto& [rule, modules] : by_rule) {
    auto& d = context.check.diagnostics.report(
        Code::tp_unpaired, plan->rules[rule].span,
        fmt::format("the layers beside {} are split over the ranks, but the plan leaves {} whole",
                    modules_in_words(graph, modules), modules.size() == 1 ? "it" : "them"));
    d.severity = Severity::warning;  // what the forward does with it is not known
    d.help = "split it too, with colwise";
  }
}

}  // namespace fts::adapters
