// Each style on modules that it is made for, each module by one rule, layouts that go together.
#include <map>

#include <fmt/format.h>

#include "compiler/adapters/tensor_parallel.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

std::string fault_of(const graph::ParamGraph& graph, const TpEntry& entry) {
  const std::string& style = entry.style->schema->name;
  const ModuleKind kind = kind_of(graph.module(entry.module));
  if (entry.of_parameter) {
    const bool bias = entry.weight == kNone;
    if (!bias || split_of(style) != Split::rows) return {};
    return "a bias that is added to a sum over ranks stays whole: it is on the wrong side of the sum";
  }
  if (style == "sequence_parallel" &&
      (kind == ModuleKind::linear || kind == ModuleKind::transposed || kind == ModuleKind::embedding))
    return "sequence_parallel is for norms and dropout, which work on each position by itself";
  if (style == "embedding_rowwise" && kind != ModuleKind::embedding) return "embedding_rowwise is for embeddings";
  if (split_of(style) == Split::none) return {};
  if (kind == ModuleKind::norm) {
    return "a norm stands outside of the split between column and row: it needs all of its input; leave it out, or "
           "make it sequence_parallel";
  }
  if (entry.weight == kNone) {
    return entry.parameters.empty() ? "it holds no weight of its own to split" : "it holds no matrix to split";
  }
  return {};
}

namespace {

std::size_t layouts_in(const resolve::Value* value) {
  if (value == nullptr) return 0;
  const auto* list = value->as<resolve::ListValue>();
  return list == nullptr ? 1 : list->elements.size();
}

void check_layouts(const StrategyContext& context, const TpEntry& entry) {
  const auto& arguments = entry.style->arguments;
  const std::string& style = entry.style->schema->name;
  const auto check = [&](std::string_view have, std::string_view want) {
    const auto* given = arguments.given(have);
    const auto* wanted = arguments.given(want);
    if (given != nullptr && wanted != nullptr && layouts_in(given) == layouts_in(wanted)) return;
    auto& d = context.check.diagnostics.report(
        Code::bad_layouts, entry.span,
        given == nullptr || wanted == nullptr
            ? fmt::format("{} needs {} and {}", style, have, want)
            : fmt::format("{} lists {} layouts and {} {}", have, layouts_in(given), want, layouts_in(wanted)));
    d.help = fmt::format("give one layout for each value in both, such as {} = shard(1), {} = replicate", have, want);
  };
  if (style == "prepare_module_input") check("input_layouts", "desired_input_layouts");
  if (style == "prepare_module_output") check("output_layouts", "desired_output_layouts");
}

void twice(const StrategyContext& context, const TpPlan::Twice& fault) {
  const auto* plan = body_setting(context.strategy, fault.of_parameter ? "tp_parameters" : "tp_plan");
  auto& d = context.report_lenient(Code::rule_overlap, plan->rules[fault.second].span,
                                   fmt::format("{} {} matched by two rules",
                                               fault.of_parameter ? parameters_in_words(context.graph(), fault.members)
                                                                  : modules_in_words(context.graph(), fault.members),
                                               fault.members.size() == 1 ? "is" : "are"));
  d.notes.push_back({"the other rule", plan->rules[fault.first].span});
  d.help = "take them out of one of the two, with `- …`";
}

}  // namespace

void tp_modules(const StrategyContext& context) {
  const TpPlan plan = tp_plan_of(context);
  for (const auto& fault : plan.twice) twice(context, fault);
  std::map<std::tuple<bool, std::size_t, std::string>, std::vector<const TpEntry*>> faults;  // by rule and reason
  std::map<std::size_t, const TpEntry*> layouts;                                             // one a rule
  for (const auto& entry : plan.entries) {
    if (auto why = fault_of(context.graph(), entry); !why.empty()) {
      faults[{entry.of_parameter, entry.rule, std::move(why)}].push_back(&entry);
    }
    if (!entry.of_parameter) layouts.emplace(entry.rule, &entry);
  }
  for (const auto& [rule, entry] : layouts) check_layouts(context, *entry);
  for (const auto& [key, entries] : faults) {
    std::vector<std::uint32_t> members;
    for (const auto* entry : entries)
      members.push_back(entry->of_parameter ? entry->parameters.front() : entry->module);
    const bool of_parameter = std::get<0>(key);
    context.check.diagnostics
        .report(Code::tp_wrong_side, entries.front()->span,
                fmt::format("{} cannot be {}: {}",
                            of_parameter ? parameters_in_words(context.graph(), members)
                                         : modules_in_words(context.graph(), members),
                            entries.front()->style->schema->name, std::get<2>(key)))
        .help =
        "split the linear layers: colwise for those whose output is taken up in parts, rowwise for those that "
        "sum it up";
  }
}

}  // namespace fts::adapters
