#include "compiler/driver/explain_units.hpp"

#include <algorithm>

namespace fts::driver {

namespace {

using graph::kNone;

class Units {
 public:
  Units(const Compilation& compilation, const resolve::Strategy& strategy)
      : graph_(*compilation.graph),
        selections_(compilation.program->selections),
        body_(*strategy.body),
        schedule_(compilation.program->schedule) {
    for (const auto& lowered : compilation.plan->strategies) {
      if (lowered.name == strategy.name) units_ = &lowered.units;
    }
  }

  [[nodiscard]] bool none() const { return units_ == nullptr || units_->empty(); }

  [[nodiscard]] UnitPlace of_parameter(graph::ParamId id) const {
    const auto parameter = graph_.parameter(id);
    const auto first = parameter.tied_to == kNone ? id : parameter.tied_to;  // a unit has a tied tensor once
    for (const auto& unit : *units_) {
      if (!std::binary_search(unit.parameters.begin(), unit.parameters.end(), first)) continue;
      return made({"in the unit of " + in_words(unit.module), {}, {}}, *graph_.find_module(unit.module));
    }
    return outside(parameter.module);
  }

  [[nodiscard]] UnitPlace of_module(graph::ModuleId module) const {
    if (const auto place = outside(module); !place.attribute.empty()) return place;
    for (auto m = module; m != kNone; m = graph_.module(m).parent) {
      const auto name = graph_.module(m).name;
      if (std::none_of(units_->begin(), units_->end(), [&](const auto& unit) { return unit.module == name; })) continue;
      return made({m == module ? "is a unit" : "in the unit of " + in_words(name), {}, {}}, m);
    }
    return {"in no unit", {}, {}};
  }

 private:
  static std::string in_words(std::string_view module) { return module.empty() ? "the root" : std::string(module); }

  [[nodiscard]] bool takes(const resolve::Value& value, graph::ModuleId module) const {
    const auto* selected = value.as<resolve::Selected>();
    return selected != nullptr && selections_.set(selected->id).contains(module);
  }

  // A policy by types alone, none of which the module has.
  [[nodiscard]] bool passes_over(const resolve::Value& policy, graph::ModuleId module) const {
    const auto* spec = policy.as<resolve::Spec>();
    if (spec == nullptr) return false;
    if (spec->schema->name == "any_of") {
      return std::all_of(spec->variadic.begin(), spec->variadic.end(),
                         [&](const auto& each) { return passes_over(each, module); });
    }
    return spec->schema->name == "module_types" &&
           std::none_of(spec->variadic.begin(), spec->variadic.end(), [&](const auto& type) {
             const auto* text = type.template as<resolve::Text>();
             return text == nullptr || text->text.substr(text->text.rfind('.') + 1) == graph_.module(module).type;
           });
  }

  // With the attribute of fsdp that makes the module a unit; other adapters' rules tell of themselves.
  [[nodiscard]] UnitPlace made(UnitPlace place, graph::ModuleId module) const {
    const auto* overrides = body_.given("awp_overrides");
    const auto* list = overrides == nullptr ? nullptr : overrides->as<resolve::ListValue>();
    for (const auto& element : list == nullptr ? std::vector<resolve::Value>{} : list->elements) {
      if (takes(element, module)) return {std::move(place.words), "awp_overrides", element.span};
    }
    const auto* policy = body_.given("auto_wrap_policy");
    if (policy == nullptr || graph_.module(module).name.empty()) return place;
    if (passes_over(*policy, module)) {  // the rest of the units of fsdp: the root's children, under compat = fts
      const auto* compat = schedule_ == nullptr ? nullptr : schedule_->given("compat");
      if (compat == nullptr) return place;
      return {std::move(place.words), "compat", compat->span};
    }
    return {std::move(place.words), "auto_wrap_policy", policy->span};
  }

  [[nodiscard]] UnitPlace outside(graph::ModuleId module) const {
    const auto* ignored = body_.given("ignored_modules");
    for (auto m = module; ignored != nullptr && m != kNone; m = graph_.module(m).parent) {
      if (takes(*ignored, m)) return {"in no unit", "ignored_modules", ignored->span};
    }
    return {"in no unit", {}, {}};
  }

  const graph::ParamGraph& graph_;
  const resolve::SelectionTable& selections_;
  const resolve::Body& body_;
  const resolve::Body* schedule_;  // null: none is written
  const std::vector<plan::Unit>* units_ = nullptr;
};

}  // namespace

std::optional<UnitPlace> unit_place(const Compilation& compilation, const resolve::Strategy& strategy,
                                    graph::ModuleId module, graph::ParamId parameter) {
  const Units units(compilation, strategy);
  if (units.none()) return std::nullopt;
  return parameter == kNone ? units.of_module(module) : units.of_parameter(parameter);
}

}  // namespace fts::driver
