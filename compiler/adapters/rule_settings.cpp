// The settings of fsdp_plan's rules, with the defaults under them.
#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

namespace {

const resolve::Value* said(const resolve::Body* body, std::string_view name) {
  if (body == nullptr) return nullptr;
  const auto* value = body->given(name);
  if (value != nullptr || name != "offload_policy") return value;
  return body->given("cpu_offload_policy");
}

}  // namespace

RuleSetting rule_setting(const resolve::Strategy& strategy, std::size_t rule, std::string_view name) {
  const auto* plan = body_setting(strategy, "fsdp_plan");
  if (plan != nullptr) {
    if (const auto* own = said(plan->rules[rule].value->as<resolve::Body>(), name)) return {own, true};
  }
  return {said(body_setting(strategy, "fsdp_default_kwargs"), name), false};
}

std::optional<std::int64_t> mesh_size(const resolve::Strategy& strategy, std::string_view dimension) {
  const auto* mesh = body_setting(strategy, "mesh");
  return mesh == nullptr ? std::nullopt : mesh->integer(dimension);
}

}  // namespace fts::adapters
