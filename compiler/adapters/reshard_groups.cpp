// reshard_after_forward = n reshards to groups of n ranks, so n divides the data-parallel ranks.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

void check_body(const StrategyContext& context, const resolve::Body* body, std::int64_t ranks) {
  const auto* value = body == nullptr ? nullptr : body->given("reshard_after_forward");
  const auto* n = value == nullptr ? nullptr : value->as<std::int64_t>();
  if (n == nullptr || ranks % *n == 0) return;
  context.check.diagnostics
      .report(
          Code::mesh_mismatch, value->span,
          fmt::format("reshard_after_forward = {} does not divide the {} data-parallel ranks of the mesh", *n, ranks))
      .help = "give a divisor, or true (to all ranks) or false (not before backward)";
}

}  // namespace

void reshard_groups(const StrategyContext& context) {
  const auto ranks = mesh_size(context.strategy, "data");
  if (!ranks) return;
  check_body(context, body_setting(context.strategy, "fsdp_default_kwargs"), *ranks);
  const auto* plan = body_setting(context.strategy, "fsdp_plan");
  if (plan == nullptr) return;
  for (const auto& rule : plan->rules) check_body(context, rule.value->as<resolve::Body>(), *ranks);
}

}  // namespace fts::adapters
