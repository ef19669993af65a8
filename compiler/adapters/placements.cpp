// shard_placement_fn and ignored_params: dimensions that the parameters have and that divide, parameters of the unit.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

using resolve::Body;

void check_dimension(const StrategyContext& context, const resolve::RuleEntry& entry, ParamId p,
                     std::optional<std::int64_t> ranks, bool& said) {
  const auto* spec = entry.value->as<resolve::Spec>();
  const auto dim = spec == nullptr ? std::nullopt : spec->arguments.integer("dim");
  const auto parameter = context.graph().parameter(p);
  if (!dim || !parameter.shape_known || said) return;
  const auto rank = static_cast<std::int64_t>(parameter.shape.size());
  const std::int64_t at = *dim < 0 ? *dim + rank : *dim;
  if (at < 0 || at >= rank) {
    said = true;
    context.check.diagnostics
        .report(Code::bad_placement, entry.value->span,
                fmt::format("'{}' has {} dimension{}, so it has no dimension {}", parameter.name, rank,
                            rank == 1 ? "" : "s", *dim))
        .help = "dimensions count from 0, or from the end below 0; select with `where rank == 2` what has them";
  } else if (at > 0 && ranks && parameter.shape[static_cast<std::size_t>(at)] % *ranks != 0) {
    said = true;
    context.check.diagnostics
        .report(Code::bad_placement, entry.value->span,
                fmt::format("dimension {} of '{}' has {} elements, which {} data-parallel ranks do not divide", *dim,
                            parameter.name, parameter.shape[static_cast<std::size_t>(at)], *ranks))
        .help = "only dimension 0 may be sharded unevenly";
  }
}

// What a rule selects of parameters, but outside its own units.
void check_outside(const StrategyContext& context, resolve::SelectionId selection, Span span, std::uint32_t rule,
                   std::string_view what) {
  std::vector<ParamId> outside;
  bool inside = false;
  for (const ParamId p : context.check.program.selections.set(selection).members()) {
    const auto unit = context.layout.unit_at[context.graph().parameter(p).module];
    const bool own = unit != kNone && context.layout.units[unit].origin.entry == rule;
    inside = inside || own;
    if (!own) outside.push_back(p);
  }
  if (outside.empty() || inside) return;  // a pattern may take more, as long as it takes something here
  context.check.diagnostics
      .report(
          Code::bad_placement, span,
          fmt::format("{} {}, which no unit of this rule holds", what, parameters_in_words(context.graph(), outside)))
      .help = "a parameter belongs to the innermost unit around it: say this in the rule of that unit";
}

void check_rule(const StrategyContext& context, const Body& body, std::optional<std::uint32_t> rule) {
  const auto ranks = mesh_size(context.strategy, "data");
  if (const auto* placement = body.body("shard_placement_fn")) {
    for (const auto& entry : placement->rules) {
      bool said = false;
      for (const ParamId p : context.check.program.selections.set(entry.selection).members()) {
        const auto unit = context.layout.unit_of[p];
        const bool own = unit != kNone && (!rule || context.layout.units[unit].origin.entry == *rule);
        if (own) check_dimension(context, entry, p, ranks, said);
      }
      if (rule) check_outside(context, entry.selection, entry.span, *rule, "it places");
    }
  }
  const auto ignored = body.selection("ignored_params");
  if (ignored && rule) check_outside(context, *ignored, body.value("ignored_params")->span, *rule, "it ignores");
}

}  // namespace

void placements(const StrategyContext& context) {
  if (const auto* defaults = body_setting(context.strategy, "fsdp_default_kwargs")) {
    check_rule(context, *defaults, std::nullopt);
  }
  const auto* plan = body_setting(context.strategy, "fsdp_plan");
  if (plan == nullptr) return;
  for (std::uint32_t r = 0; r < plan->rules.size(); ++r) {
    if (const auto* body = plan->rules[r].value->as<Body>()) check_rule(context, *body, r);
  }
}

}  // namespace fts::adapters
