// Dtypes to compute and reduce in: floating point, and such that operators and collectives have.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

void check_policy(const StrategyContext& context, const resolve::Body* policy) {
  if (policy == nullptr) return;
  for (const auto& entry : policy->entries) {
    const auto* text = entry.value->as<resolve::Text>();
    const auto dtype = text == nullptr ? std::nullopt : graph::parse_dtype(text->text);
    using graph::DType;
    if (!dtype || *dtype == DType::f64 || *dtype == DType::f32 || *dtype == DType::f16 || *dtype == DType::bf16)
      continue;
    context.check.diagnostics
        .report(Code::dtype_unsupported, entry.value->span,
                fmt::format("{} = {}: operators and collectives do not compute in it", entry.name, name(*dtype)))
        .help = "give f32, bf16, f16 or f64";
  }
}

}  // namespace

void mixed_precision_dtypes(const StrategyContext& context) {
  check_policy(context, body_setting(context.strategy, "mixed_precision"));
}

void plan_dtypes(const StrategyContext& context) {
  if (const auto* defaults = body_setting(context.strategy, "fsdp_default_kwargs")) {
    check_policy(context, defaults->body("mp_policy"));
  }
  const auto* plan = body_setting(context.strategy, "fsdp_plan");
  if (plan == nullptr) return;
  for (const auto& rule : plan->rules) {
    if (const auto* body = rule.value->as<resolve::Body>()) check_policy(context, body->body("mp_policy"));
  }
}

}  // namespace fts::adapters
