// Units in messages.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

Span origin_span(const StrategyContext& context, const Unit& unit) {
  const auto& strategy = context.strategy;
  if (unit.origin.kind == Origin::Kind::entry) {
    if (const auto* plan = body_setting(strategy, "fsdp_plan")) return plan->rules[unit.origin.entry].span;
    const auto* value = setting(strategy, "awp_overrides");
    const auto* list = value == nullptr ? nullptr : value->as<resolve::ListValue>();
    if (list != nullptr) return list->elements[unit.origin.entry].span;
  }
  const auto* policy = unit.origin.kind == Origin::Kind::policy ? setting(strategy, "auto_wrap_policy") : nullptr;
  return policy != nullptr ? policy->span : strategy.body->value("adapter")->span;
}

std::string unit_in_words(const StrategyContext& context, const Unit& unit) {
  return unit.module == 0 ? "the root unit" : fmt::format("unit {}", name_of_module(context.graph(), unit.module));
}

double stored_bytes(const graph::ParamGraph& graph, const Unit& unit) {
  double bytes = 0;
  for (const ParamId p : unit.parameters) {
    const auto parameter = graph.parameter(p);
    bytes += static_cast<double>(parameter.numel) * static_cast<double>(size_of(parameter.dtype));
  }
  return bytes;
}

}  // namespace fts::adapters
