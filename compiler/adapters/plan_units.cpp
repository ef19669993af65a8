// The units of `model_parallel`: the rules of fsdp_plan in order, each a fully_shard of the modules it selects.
#include <algorithm>
#include <map>

#include "compiler/adapters/layouts.hpp"

namespace fts::adapters {

namespace {

using resolve::Set;

class Rules {
 public:
  Rules(const check::Context& context, const resolve::Body& plan, EntryFaults& faults)
      : graph_(context.graph),
        selections_(context.program.selections),
        plan_(plan),
        inside_out_(!is_compat(context)),
        faults_(faults) {}

  // The modules with the rule that holds for each, in the order in which they are sharded.
  [[nodiscard]] std::vector<Unit> units() {
    choose();
    std::vector<Unit> units;
    std::vector<std::uint32_t> by(graph_.module_count(), kNone);  // the position in `units`, of units
    for (const ModuleId m : order_) {
      const std::uint32_t around = unit_around(graph_.module(m).parent, by);
      if (around != kNone) {
        late(m, units[around]);
        continue;
      }
      by[m] = static_cast<std::uint32_t>(units.size());
      units.push_back({.module = m, .origin = {Origin::Kind::entry, rule_[m]}});
    }
    return units;
  }

 private:
  // Which modules, in which order, by which rule: the place of a module is that of the first rule that matches it.
  void choose() {
    rule_.assign(graph_.module_count(), kNone);
    depth_.assign(graph_.module_count(), 0);
    std::map<std::pair<std::size_t, std::size_t>, std::vector<ModuleId>> twice;
    for (std::uint32_t r = 0; r < plan_.rules.size(); ++r) {
      std::vector<ModuleId> containers;
      for (const ModuleId m : members(r)) {
        if (is_container(graph_.module(m))) {
          containers.push_back(m);
          continue;
        }
        if (rule_[m] == kNone) {
          order_.push_back(m);
        } else {
          twice[{rule_[m], r}].push_back(m);
        }
        rule_[m] = r;
      }
      if (!containers.empty()) faults_.containers.push_back({r, std::move(containers)});
    }
    for (auto& [rules, modules] : twice) faults_.twice.push_back({rules.first, rules.second, std::move(modules)});
  }

  // A rule's modules in graph order; modules of one type inside each other (nested blocks) from the inside out.
  [[nodiscard]] std::vector<ModuleId> members(std::size_t rule) {
    const Set& set = selections_.set(plan_.rules[rule].selection);
    std::vector<ModuleId> all = set.members();
    if (!inside_out_) return all;
    bool nested = false;
    for (const ModuleId member : all) {  // what is around a module comes before it
      const auto type = graph_.module(member).type;
      depth_[member] = 0;
      for (ModuleId m = member; !type.empty() && m != 0;) {
        m = graph_.module(m).parent;
        if (!set.contains(m)) continue;
        if (graph_.module(m).type == type) depth_[member] = depth_[m] + 1;
        break;
      }
      nested = nested || depth_[member] != 0;
    }
    if (!nested) return all;
    std::stable_sort(all.begin(), all.end(), [&](ModuleId a, ModuleId b) { return depth_[a] > depth_[b]; });
    return all;
  }

  [[nodiscard]] std::uint32_t unit_around(ModuleId m, const std::vector<std::uint32_t>& by) const {
    for (; m != kNone; m = graph_.module(m).parent) {
      if (by[m] != kNone) return by[m];
    }
    return kNone;
  }

  void late(ModuleId module, const Unit& around) {
    for (auto& fault : faults_.late) {
      if (fault.entry != rule_[module] || fault.around_entry != around.origin.entry) continue;
      fault.modules.push_back(module);
      if (std::find(fault.around.begin(), fault.around.end(), around.module) == fault.around.end())
        fault.around.push_back(around.module);
      return;
    }
    faults_.late.push_back({rule_[module], around.origin.entry, {around.module}, {module}});
  }

  const graph::ParamGraph& graph_;
  const resolve::SelectionTable& selections_;
  const resolve::Body& plan_;
  bool inside_out_;
  EntryFaults& faults_;
  std::vector<std::uint32_t> rule_;   // by module
  std::vector<std::uint32_t> depth_;  // by module: units of the same rule and type around it
  std::vector<ModuleId> order_;
};

// What a rule, or else the defaults, ignore within the unit.
void ignore(const check::Context& context, const resolve::Body* body, Set& ignored) {
  const auto selection = body == nullptr ? std::nullopt : body->selection("ignored_params");
  if (selection) ignored |= context.program.selections.set(*selection);
}

}  // namespace

Layout planned_layout(const check::Context& context, const resolve::Strategy& strategy) {
  Layout layout;
  const auto* plan = body_setting(strategy, "fsdp_plan");
  if (plan != nullptr) {
    layout.units = Rules(context, *plan, layout.faults).units();
    for (const auto& rule : plan->rules)
      layout.known = layout.known && !context.program.selections.faulty(rule.selection);
  }
  Set ignored(context.graph.parameter_count());
  ignore(context, body_setting(strategy, "fsdp_default_kwargs"), ignored);
  if (plan != nullptr) {
    for (const auto& rule : plan->rules) ignore(context, rule.value->as<resolve::Body>(), ignored);
  }
  assign_parameters(context.graph, ignored, layout);
  return layout;
}

}  // namespace fts::adapters
