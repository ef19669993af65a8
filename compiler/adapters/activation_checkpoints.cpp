// Activation checkpointing: reentrant over inputs that need no gradient (nothing in the module would get one), the
// reentrant form where there is none, one checkpointed module inside another (recomputed twice), and TorchScript.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

using resolve::Spec;

const Spec* checkpoint_of(const StrategyContext& context, const Unit& unit, bool* of_rule = nullptr) {
  const auto found = rule_setting(context.strategy, unit.origin.entry, "act_ckpt");
  if (of_rule != nullptr) *of_rule = found.of_rule;
  return found.value == nullptr ? nullptr : found.value->as<Spec>();
}

Span place_of(const StrategyContext& context, const Unit& unit) {
  return rule_setting(context.strategy, unit.origin.entry, "act_ckpt").value->span;
}

// A rule that checkpoints modules inside those of another that does. What the defaults give to every rule is not meant.
void nested(const StrategyContext& context) {
  const auto& graph = context.graph();
  struct Pair {
    std::vector<ModuleId> inner;
    ModuleId outer = 0;
  };
  std::map<std::pair<std::size_t, std::size_t>, Pair> pairs;  // by the two rules
  const auto checkpoints = [&](const Unit& unit) {
    bool of_rule = false;
    return checkpoint_of(context, unit, &of_rule) != nullptr && of_rule;
  };
  for (const Unit& unit : context.layout.units) {
    if (unit.module == 0 || !checkpoints(unit)) continue;
    for (auto u = context.layout.unit_at[graph.module(unit.module).parent]; u != kNone;) {
      const Unit& around = context.layout.units[u];
      if (checkpoints(around)) {
        auto& pair = pairs[{unit.origin.entry, around.origin.entry}];
        if (pair.inner.empty()) pair.outer = around.module;
        pair.inner.push_back(unit.module);
        break;
      }
      u = around.module == 0 ? kNone : context.layout.unit_at[graph.module(around.module).parent];
    }
  }
  const auto* plan = body_setting(context.strategy, "fsdp_plan");
  for (const auto& [rules, pair] : pairs) {
    auto& d = context.report_lenient(
        Code::checkpoint_conflict, plan->rules[rules.first].span,
        fmt::format("{} {} checkpointed inside {}, which is too: its forward is recomputed twice",
                    modules_in_words(graph, pair.inner), pair.inner.size() == 1 ? "is" : "are",
                    name_of_module(graph, pair.outer)));
    d.notes.push_back({"the module around it is sharded here", plan->rules[rules.second].span});
    d.help = "leave act_ckpt out of one of the two rules";
  }
}

// The first parameter that trains in each phase.
std::vector<ParamId> first_trained(const StrategyContext& context) {
  std::vector<ParamId> first(context.training.phases.size(), kNone);
  for (std::uint32_t phase = 0; phase < first.size(); ++phase) {
    for (ParamId p = 0; p < context.graph().parameter_count() && first[phase] == kNone; ++p) {
      if (context.training.trains(p, phase)) first[phase] = p;
    }
  }
  return first;
}

bool is_reentrant(const Spec* checkpoint) {
  return checkpoint != nullptr && checkpoint->schema->name != "composable" &&
         checkpoint->arguments.boolean("use_reentrant").value_or(false);
}

void reentrant(const StrategyContext& context) {
  const auto& graph = context.graph();
  std::vector<ParamId> first;
  std::map<std::pair<std::uint32_t, std::size_t>, std::vector<ModuleId>> starved;  // by phase and rule
  for (const Unit& unit : context.layout.units) {
    if (!is_reentrant(checkpoint_of(context, unit))) continue;
    if (first.empty()) first = first_trained(context);
    for (std::uint32_t phase = 0; phase < first.size(); ++phase) {
      // Graph order stands for the order of execution: what trains first is in the module, so nothing before it does.
      if (first[phase] == kNone || !is_within(graph, graph.parameter(first[phase]).module, unit.module)) continue;
      starved[{phase, unit.origin.entry}].push_back(unit.module);
    }
  }
  for (const auto& [where, modules] : starved) {
    const auto value = rule_setting(context.strategy, where.second, "act_ckpt").value;
    context.check.diagnostics
        .report(Code::checkpoint_conflict, value->span,
                fmt::format("in phase '{}' the inputs of {} need no gradient, so its reentrant checkpoint gives its "
                            "parameters none",
                            context.training.phases[where.first], modules_in_words(graph, modules)))
        .help = "write use_reentrant = false";
  }
}

// A TorchScript module runs by itself: the program cannot mark where a checkpointed part begins.
void scripted(const StrategyContext& context) {
  for (const Unit& unit : context.layout.units) {
    if (checkpoint_of(context, unit) == nullptr) continue;
    context.check.diagnostics
        .report(Code::checkpoint_conflict, place_of(context, unit),
                "a TorchScript module has no place where activation checkpointing could begin and end")
        .help = "leave act_ckpt out, or run the model from its program";
    return;
  }
}

// The composable form has no reentrant variant.
void composable(const StrategyContext& context) {
  std::vector<const Spec*> seen;
  for (const Unit& unit : context.layout.units) {
    const Spec* checkpoint = checkpoint_of(context, unit);
    if (checkpoint == nullptr || checkpoint->schema->name != "composable") continue;
    if (!checkpoint->arguments.boolean("use_reentrant").value_or(false)) continue;
    if (std::find(seen.begin(), seen.end(), checkpoint) != seen.end()) continue;
    seen.push_back(checkpoint);
    context.check.diagnostics
        .report(Code::checkpoint_conflict, place_of(context, unit), "composable checkpointing is never reentrant")
        .help = "leave use_reentrant out, or write act_ckpt = wrapped { use_reentrant = true }";
  }
}

}  // namespace

void activation_checkpoints(const StrategyContext& context) {
  const auto& units = context.layout.units;
  if (std::ranges::none_of(units, [&](const Unit& unit) { return checkpoint_of(context, unit) != nullptr; })) return;
  if (context.check.scripted) scripted(context);
  nested(context);
  composable(context);
  if (context.training.known) reentrant(context);
}

}  // namespace fts::adapters
