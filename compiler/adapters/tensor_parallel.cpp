#include "compiler/adapters/tensor_parallel.hpp"

#include <algorithm>
#include <map>

#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

namespace {

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

// One plan, of modules or of parameters: the last rule holds, and what two rules match is noted.
class Chosen {
 public:
  Chosen(const StrategyContext& context, std::string_view plan, std::size_t count, TpPlan& into)
      : rule(count, kNone), body(body_setting(context.strategy, plan)) {
    if (body == nullptr) return;
    std::map<std::pair<std::size_t, std::size_t>, std::vector<std::uint32_t>> twice;
    for (std::uint32_t r = 0; r < body->rules.size(); ++r) {
      for (const auto member : context.check.program.selections.set(body->rules[r].selection).members()) {
        if (rule[member] != kNone) twice[{rule[member], r}].push_back(member);
        rule[member] = r;
      }
    }
    for (auto& [rules, members] : twice) {
      into.twice.push_back({rules.first, rules.second, plan == "tp_parameters", std::move(members)});
    }
  }
  std::vector<std::uint32_t> rule;  // by member; kNone: none
  const resolve::Body* body;
  [[nodiscard]] TpEntry entry(std::uint32_t r, bool of_parameter, ModuleId module) const {
    return {.rule = r,
            .of_parameter = of_parameter,
            .style = body->rules[r].value->as<resolve::Spec>(),
            .module = module,
            .span = body->rules[r].span};
  }
};

bool is_weight(const graph::Parameter& parameter) { return !parameter.shape_known || parameter.shape.size() >= 2; }

}  // namespace

ModuleKind kind_of(const graph::Module& module) {
  const auto type = module.type;
  if (type == "Conv1D") return ModuleKind::transposed;
  if (has(type, "Linear")) return ModuleKind::linear;
  if (has(type, "Norm") || has(type, "Dropout")) return ModuleKind::norm;
  if (has(type, "Embedding")) return ModuleKind::embedding;
  if (!type.empty()) return ModuleKind::other;
  const auto name = module.name.substr(module.name.rfind('.') + 1);  // without types, the usual names
  if (has(name, "norm") || has(name, "Norm") || name.starts_with("ln_")) return ModuleKind::norm;
  if (has(name, "embed") || name == "wte" || name == "wpe" || name == "shared") return ModuleKind::embedding;
  return ModuleKind::other;
}

Split split_of(std::string_view style) {
  if (style == "colwise" || style == "packed_colwise" || style == "colwise_gather_output") return Split::columns;
  if (style == "rowwise" || style == "packed_rowwise" || style == "rowwise_split_input" || style == "embedding_rowwise")
    return Split::rows;
  return Split::none;
}

bool is_packed(std::string_view style) { return style.starts_with("packed_"); }

bool leaves_split(const resolve::Spec& style) {
  if (style.schema->name != "colwise" && style.schema->name != "packed_colwise") return false;
  const auto* layouts = style.arguments.given("output_layouts");
  if (layouts == nullptr) return true;
  const auto* layout = layouts->as<resolve::Spec>();
  return layout != nullptr && layout->schema->name == "shard" && layout->arguments.integer("dim").value_or(-1) == -1;
}

TpPlan tp_plan_of(const StrategyContext& context) {
  const auto& graph = context.graph();
  TpPlan plan;
  const Chosen modules(context, "tp_plan", graph.module_count(), plan);
  const Chosen parameters(context, "tp_parameters", graph.parameter_count(), plan);
  if (modules.body == nullptr && parameters.body == nullptr) return plan;
  std::vector<std::uint32_t> entry_of(graph.module_count(), kNone);
  for (ModuleId m = 0; modules.body != nullptr && m < graph.module_count(); ++m) {
    if (modules.rule[m] == kNone) continue;
    TpEntry entry = modules.entry(modules.rule[m], false, m);
    if (entry.style == nullptr) continue;
    entry_of[m] = static_cast<std::uint32_t>(plan.entries.size());
    plan.entries.push_back(std::move(entry));
  }
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    if (parameters.body != nullptr && parameters.rule[p] != kNone) {
      TpEntry entry = parameters.entry(parameters.rule[p], true, parameter.module);
      if (entry.style == nullptr) continue;
      entry.parameters = {p};
      if (is_weight(parameter)) entry.weight = p;
      plan.entries.push_back(std::move(entry));
    } else if (entry_of[parameter.module] != kNone) {
      auto& entry = plan.entries[entry_of[parameter.module]];
      entry.parameters.push_back(p);
      if (entry.weight == kNone && is_weight(parameter)) entry.weight = p;
    }
  }
  return plan;
}

std::optional<SplitSize> split_size(const graph::ParamGraph& graph, const TpEntry& entry) {
  const auto style = std::string_view(entry.style->schema->name);
  const Split split = split_of(style);
  if (split == Split::none || entry.weight == kNone) return std::nullopt;
  const auto parameter = graph.parameter(entry.weight);
  if (!parameter.shape_known) return std::nullopt;
  const std::size_t rank = parameter.shape.size();
  const ModuleKind kind = kind_of(graph.module(entry.module));
  // A weight is [out, in] (with experts, [expert, out, in]); an embedding's columns are its width, Conv1D is
  // transposed.
  const bool flipped = kind == ModuleKind::embedding || kind == ModuleKind::transposed;
  const std::size_t dim = (split == Split::columns) != flipped ? rank - 2 : rank - 1;
  std::string_view what = split == Split::columns ? "columns" : "rows";
  if (kind == ModuleKind::embedding && split == Split::rows) what = "vocabulary entries";
  return SplitSize{parameter.shape[dim] / (is_packed(style) ? 2 : 1), dim, what};
}

std::optional<Sides> sides_of(const graph::ParamGraph& graph, const TpEntry& entry) {
  if (entry.weight == kNone) return std::nullopt;
  const auto parameter = graph.parameter(entry.weight);
  const std::size_t rank = parameter.shape.size();
  if (!parameter.shape_known || rank < 2) return std::nullopt;
  Sides sides{parameter.shape[rank - 2], parameter.shape[rank - 1]};
  if (kind_of(graph.module(entry.module)) == ModuleKind::transposed) std::swap(sides.out, sides.in);
  if (entry.style->schema->name == "packed_colwise") sides.out /= 2;
  if (entry.style->schema->name == "packed_rowwise") sides.in /= 2;
  return sides;
}

}  // namespace fts::adapters
