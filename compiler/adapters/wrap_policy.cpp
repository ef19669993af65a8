// The units of `fsdp`: what auto_wrap_policy and awp_overrides make one, by the algorithm of
// torch.distributed.fsdp.wrap (_recursive_wrap, ModuleWrapPolicy, size_based_auto_wrap_policy, _or_policy).
#include "compiler/adapters/layouts.hpp"
#include "compiler/base/suggest.hpp"

namespace fts::adapters {

namespace {

using resolve::Set;
using resolve::Spec;
using resolve::Value;

// One policy, or one of any_of's.
struct Policy {
  std::vector<std::string_view> types;  // module_types
  std::optional<double> minimum;        // min_num_params
};

void collect(const Value& value, std::vector<Policy>& into) {
  const auto* spec = value.as<Spec>();
  if (spec == nullptr) return;
  if (spec->schema->name == "any_of") {
    for (const auto& each : spec->variadic) collect(each, into);
    return;
  }
  Policy policy;
  policy.minimum = spec->arguments.number("min_num_params");
  for (const auto& type : spec->variadic) {
    if (const auto* text = type.as<resolve::Text>()) policy.types.push_back(short_type(text->text));
  }
  into.push_back(std::move(policy));
}

// Elements under each module, a tensor with several names once.
std::vector<std::int64_t> elements_under(const graph::ParamGraph& graph, const Set& ignored) {
  std::vector<std::int64_t> under(graph.module_count(), 0);
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    if (ignored.contains(p)) continue;
    under[parameter.module] += parameter.numel;
    if (parameter.tied_to == kNone) continue;
    ModuleId a = parameter.module, b = graph.parameter(parameter.tied_to).module;
    while (a != b) (a > b ? a : b) = graph.module(a > b ? a : b).parent;
    under[a] -= parameter.numel;  // both names are below it
  }
  for (ModuleId m = static_cast<ModuleId>(graph.module_count()); m-- > 1;) under[graph.module(m).parent] += under[m];
  return under;
}

class Wrapping {
 public:
  Wrapping(const graph::ParamGraph& graph, std::vector<Policy> policies, const Set& overrides, const Set& ignored,
           const Set& ignored_parameters)
      : graph_(graph),
        policies_(std::move(policies)),
        overrides_(overrides),
        ignored_(ignored),
        under_(elements_under(graph, ignored_parameters)) {
    const bool sized = std::any_of(policies_.begin(), policies_.end(), [](const Policy& p) { return p.minimum; });
    const bool named = std::any_of(policies_.begin(), policies_.end(), [](const Policy& p) { return !p.minimum; });
    always_recurses_ = !sized || named || !overrides.empty();  // a policy by type or name goes down everywhere
  }

  // The modules that become units, by id; the root, which always is one, is not among them.
  [[nodiscard]] std::vector<ModuleId> units() const {
    const std::size_t count = graph_.module_count();
    std::vector<bool> reached(count, false);
    reached[0] = true;
    for (ModuleId m = 1; m < count; ++m) {
      const ModuleId parent = graph_.module(m).parent;
      reached[m] = reached[parent] && recurses(parent) && !ignored_.contains(m);
    }
    std::vector<std::int64_t> wrapped(count, 0);  // elements in units below
    std::vector<ModuleId> units;
    for (ModuleId m = static_cast<ModuleId>(count); m-- > 1;) {
      if (!reached[m] || !recurses(m)) continue;
      const bool is_unit = wraps(m, under_[m] - wrapped[m]);
      if (is_unit) units.push_back(m);
      wrapped[graph_.module(m).parent] += is_unit ? under_[m] : wrapped[m];
    }
    std::reverse(units.begin(), units.end());
    return units;
  }

 private:
  [[nodiscard]] bool recurses(ModuleId m) const {
    if (always_recurses_) return true;
    return graph_.module(m).type != "MultiheadAttention" &&
           std::any_of(policies_.begin(), policies_.end(),
                       [&](const Policy& p) { return static_cast<double>(under_[m]) >= *p.minimum; });
  }
  [[nodiscard]] bool wraps(ModuleId m, std::int64_t remainder) const {
    if (overrides_.contains(m)) return true;
    const auto module = graph_.module(m);
    return std::any_of(policies_.begin(), policies_.end(), [&](const Policy& p) {
      if (p.minimum) return static_cast<double>(remainder) >= *p.minimum && !is_container(module);
      return std::find(p.types.begin(), p.types.end(), module.type) != p.types.end();
    });
  }

  const graph::ParamGraph& graph_;
  std::vector<Policy> policies_;
  const Set& overrides_;
  const Set& ignored_;
  std::vector<std::int64_t> under_;
  bool always_recurses_ = false;
};

std::size_t depth_of(const graph::ParamGraph& graph, ModuleId m) {
  std::size_t depth = 0;
  for (; m != 0; m = graph.module(m).parent) ++depth;
  return depth;
}

// Whether the model has a module of each type that a policy names.
bool has_all_types(const graph::ParamGraph& graph, const std::vector<Policy>& policies) {
  if (!graph.has_types()) return true;
  const auto has = [&](std::string_view type) {
    for (ModuleId m = 0; m < graph.module_count(); ++m) {
      if (graph.module(m).type == type) return true;
    }
    return false;
  };
  return std::all_of(policies.begin(), policies.end(),
                     [&](const Policy& p) { return std::all_of(p.types.begin(), p.types.end(), has); });
}

// compat = fts: Python FTS wraps each child of the LightningModule, whatever the policy says. Where that would part a
// tie (which FTS breaks without a word) both stay with the root.
void add_children_of_root(const graph::ParamGraph& graph, const Set& ignored, std::vector<Unit>& units) {
  std::vector<bool> holds(graph.module_count(), false);  // a parameter is at or below it
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    for (ModuleId m = graph.parameter(p).module; m != 0 && !holds[m]; m = graph.module(m).parent) holds[m] = true;
  }
  const auto child_of = [&](ModuleId m) {
    while (m != 0 && graph.module(m).parent != 0) m = graph.module(m).parent;
    return m;
  };
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const ParamId first = graph.parameter(p).tied_to;
    if (first == kNone) continue;
    const ModuleId a = child_of(graph.parameter(p).module), b = child_of(graph.parameter(first).module);
    if (a != b) holds[a] = holds[b] = false;
  }
  for (const Unit& unit : units) holds[unit.module] = false;  // it is one already
  for (ModuleId m = 1; m < graph.module_count(); ++m) {
    if (graph.module(m).parent != 0 || !holds[m] || ignored.contains(m) || is_container(graph.module(m))) continue;
    units.push_back({.module = m, .origin = {Origin::Kind::policy}});
  }
}

}  // namespace

std::string_view short_type(std::string_view type) { return type.substr(type.rfind('.') + 1); }

Set ignored_modules(const check::Context& context, const resolve::Strategy& strategy) {
  Set ignored(context.graph.module_count());
  const auto* value = setting(strategy, "ignored_modules");
  const auto* selected = value == nullptr ? nullptr : value->as<resolve::Selected>();
  if (selected == nullptr) return ignored;
  ignored |= context.program.selections.set(selected->id);
  for (ModuleId m = 1; m < context.graph.module_count(); ++m) {
    if (ignored.contains(context.graph.module(m).parent)) ignored.insert(m);
  }
  return ignored;
}

std::vector<resolve::SelectionId> override_entries(const resolve::Strategy& strategy) {
  std::vector<resolve::SelectionId> entries;
  const auto* value = setting(strategy, "awp_overrides");
  const auto* list = value == nullptr ? nullptr : value->as<resolve::ListValue>();
  if (list == nullptr) return entries;
  for (const auto& element : list->elements) {
    if (const auto* selected = element.as<resolve::Selected>()) entries.push_back(selected->id);
  }
  return entries;
}

Layout flat_layout(const check::Context& context, const resolve::Strategy& strategy) {
  const auto& graph = context.graph;
  const Set ignored = ignored_modules(context, strategy);
  Set ignored_parameters(graph.parameter_count());
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    if (ignored.contains(graph.parameter(p).module)) ignored_parameters.insert(p);
  }
  Set overrides(graph.module_count());
  std::vector<Policy> policies;
  if (const auto* policy = setting(strategy, "auto_wrap_policy")) collect(*policy, policies);
  auto entries = override_entries(strategy);
  if (policies.empty() && is_compat(context)) entries.clear();  // FTS composes them with a policy, or not at all
  Layout layout;
  layout.known = has_all_types(graph, policies);
  for (const auto entry : entries) {
    overrides |= context.program.selections.set(entry);
    layout.known = layout.known && !context.program.selections.faulty(entry);
  }

  for (const ModuleId m : Wrapping(graph, std::move(policies), overrides, ignored, ignored_parameters).units()) {
    Unit unit{.module = m, .origin = {Origin::Kind::policy}};
    for (std::size_t e = 0; e < entries.size(); ++e) {
      if (context.program.selections.set(entries[e]).contains(m)) unit.origin = {Origin::Kind::entry, e};
    }
    layout.units.push_back(std::move(unit));
  }
  if (is_compat(context)) add_children_of_root(graph, ignored, layout.units);
  std::stable_sort(layout.units.begin(), layout.units.end(), [&](const Unit& a, const Unit& b) {
    return depth_of(graph, a.module) > depth_of(graph, b.module);  // children before parents
  });
  layout.units.push_back({.module = 0});
  assign_parameters(graph, ignored_parameters, layout);
  if (is_compat(context)) {  // nothing of FTS's is around them; the root keeps what stands in it directly
    for (Unit& unit : layout.units) unit.outermost = unit.module == 0 || graph.module(unit.module).parent == 0;
  }
  return layout;
}

}  // namespace fts::adapters
