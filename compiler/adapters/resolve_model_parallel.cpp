// A strategy of `model_parallel` for the plan: units with merged settings, and what tensor parallel splits.
#include <map>

#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/schemas.hpp"
#include "compiler/adapters/tensor_parallel.hpp"
#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

namespace {

using nlohmann::json;

class Units {
 public:
  Units(const check::Context& context, const resolve::Strategy& strategy)
      : context_(context), strategy_(strategy), layout_(planned_layout(context, strategy)) {}

  [[nodiscard]] std::vector<Resolved::Unit> all() const {
    std::vector<Resolved::Unit> units;
    std::map<std::pair<std::size_t, bool>, json> of_rule;  // what all units of a rule have in common
    for (const Unit& unit : layout_.units) {
      const auto [at, fresh] = of_rule.try_emplace({unit.origin.entry, unit.outermost});
      if (fresh) at->second = settings(unit);
      auto& resolved = units.emplace_back(Resolved::Unit{unit.module, unit.parameters, at->second});
      if (said(unit, "shard_placement_fn") != nullptr) resolved.settings["shard_placement"] = placement(unit);
      if (said(unit, "ignored_params") != nullptr) resolved.settings["ignored_params"] = ignored(unit);
    }
    return units;
  }

 private:
  [[nodiscard]] const resolve::Value* said(const Unit& unit, std::string_view name) const {
    return rule_setting(strategy_, unit.origin.entry, name).value;
  }

  [[nodiscard]] json settings(const Unit& unit) const {
    return {{"reshard_after_forward", reshard(unit)},
            {"mp_policy",
             body(unit, "mp_policy", {{"param_dtype", nullptr}, {"reduce_dtype", nullptr}, {"output_dtype", nullptr}})},
            {"offload_policy", body(unit, "offload_policy", json::object())},
            {"act_ckpt", checkpoint(unit)},
            {"shard_placement", json::array()},
            {"ignored_params", json::array()}};
  }

  // PyTorch's None: true, but false for an outermost unit, which backward needs at once.
  [[nodiscard]] json reshard(const Unit& unit) const {
    const auto* value = said(unit, "reshard_after_forward");
    if (value == nullptr || value->as<resolve::None>() != nullptr) return !unit.outermost;
    const auto* ranks = value->as<std::int64_t>();
    if (ranks == nullptr) return resolve::to_json(*value);
    if (*ranks == 1) return false;
    if (*ranks == mesh_size(strategy_, "data")) return true;
    return *ranks;
  }

  [[nodiscard]] json body(const Unit& unit, std::string_view name, json fields) const {
    const auto* value = said(unit, name);
    const auto* body = value == nullptr ? nullptr : value->as<resolve::Body>();
    if (body == nullptr) return nullptr;
    fields.update(resolve::to_json(*body));
    return fields;
  }

  [[nodiscard]] json checkpoint(const Unit& unit) const {
    const auto* value = said(unit, "act_ckpt");
    const auto* spec = value == nullptr ? nullptr : value->as<resolve::Spec>();
    if (spec == nullptr) return nullptr;
    return {{"mode", spec->schema->name}, {"arguments", resolve::to_json(spec->arguments)}};
  }

  // [[position, dimension], …] of the parameters that are not sharded along dimension 0; the last rule holds.
  [[nodiscard]] json placement(const Unit& unit) const {
    json all = json::array();
    const auto* value = said(unit, "shard_placement_fn");
    const auto* rules = value == nullptr ? nullptr : value->as<resolve::Body>();
    if (rules == nullptr) return all;
    for (const ParamId p : unit.parameters) {
      std::int64_t dim = 0;
      for (const auto& rule : rules->rules) {
        const auto* spec = rule.value->as<resolve::Spec>();
        if (spec == nullptr || !context_.program.selections.set(rule.selection).contains(p)) continue;
        dim = spec->arguments.integer("dim").value_or(0);
      }
      const auto rank = static_cast<std::int64_t>(context_.graph.parameter(p).shape.size());
      if (dim < 0) dim += rank;
      if (dim != 0) all.push_back({p, dim});
    }
    return all;
  }

  // Positions in the module, but in no unit: they stay whole on every rank.
  [[nodiscard]] json ignored(const Unit& unit) const {
    json all = json::array();
    const auto* value = said(unit, "ignored_params");
    const auto* selected = value == nullptr ? nullptr : value->as<resolve::Selected>();
    if (selected == nullptr) return all;
    for (const ParamId p : context_.program.selections.set(selected->id).members()) {
      if (layout_.unit_at[context_.graph.parameter(p).module] == layout_.unit_at[unit.module]) all.push_back(p);
    }
    return all;
  }

  const check::Context& context_;
  const resolve::Strategy& strategy_;
  Layout layout_;
};

json layout_json(const resolve::Value* value, const json& fallback) {
  if (value == nullptr) return fallback;
  if (const auto* list = value->as<resolve::ListValue>()) {
    json all = json::array();
    for (const auto& element : list->elements) all.push_back(layout_json(&element, nullptr));
    return all;
  }
  const auto* spec = value->as<resolve::Spec>();
  if (spec == nullptr) return nullptr;  // none: as it comes
  if (spec->schema->name == "replicate") return "replicate";
  return {{"shard", spec->arguments.integer("dim").value_or(0)}};
}

// PyTorch's and transformers' defaults of each style.
json layouts_of(const TpEntry& entry, bool embedding) {
  const auto& style = entry.style->schema->name;
  const json replicate = "replicate", last = {{"shard", -1}}, sequence = {{"shard", 1}};
  json in = nullptr, out = nullptr;
  if (split_of(style) == Split::columns) {
    in = replicate;
    out = style == "colwise_gather_output" ? replicate : last;
  } else if (split_of(style) == Split::rows) {
    in = embedding || style == "rowwise_split_input" ? replicate : last;
    out = replicate;
  } else if (style == "sequence_parallel") {
    in = out = sequence;
  }
  const auto& arguments = entry.style->arguments;
  in = layout_json(arguments.given("input_layouts"), in);
  out = layout_json(arguments.given("output_layouts"), out);
  const auto* local = arguments.given("use_local_output");
  return {{"input_layouts", in},
          {"output_layouts", out},
          {"desired_input_layouts", layout_json(arguments.given("desired_input_layouts"), in)},
          {"desired_output_layouts", layout_json(arguments.given("desired_output_layouts"), out)},
          {"use_local_output", local != nullptr ? resolve::to_json(*local) : json(style != "sequence_parallel")}};
}

std::vector<Resolved::Split> splits_of(const graph::ParamGraph& graph, const TpEntry& entry) {
  std::vector<Resolved::Split> splits;
  const auto& style = entry.style->schema->name;
  const std::int64_t parts = is_packed(style) ? 2 : 1;
  if (const auto split = split_size(graph, entry)) {
    splits.push_back({entry.weight, static_cast<std::int64_t>(split->dim), parts});
  }
  if (split_of(style) != Split::columns) return splits;
  for (const ParamId p : entry.parameters) {  // biases of columns
    if (p != entry.weight && graph.parameter(p).shape.size() == 1) splits.push_back({p, 0, parts});
  }
  return splits;
}

}  // namespace

Resolved resolve_model_parallel(const check::Context& context, const resolve::Strategy& strategy) {
  Resolved resolved;
  resolved.units = Units(context, strategy).all();
  const Training none;
  const Layout empty;
  for (const auto& entry : tp_plan_of({context, strategy, none, empty}).entries) {
    const bool embedding = kind_of(context.graph.module(entry.module)) == ModuleKind::embedding;
    resolved.tensor_parallel.push_back({.module = entry.module,
                                        .style = entry.style->schema->name,
                                        .splits = splits_of(context.graph, entry),
                                        .layouts = layouts_of(entry, embedding)});
  }
  resolved.settled = {"fsdp_plan", "fsdp_default_kwargs", "tp_plan", "tp_parameters"};
  return resolved;
}

}  // namespace fts::adapters
