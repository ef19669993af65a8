// Gradients that lie in the CPU's memory are clipped there: the norm is summed over ranks by a CPU process group.
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

const resolve::Value* offload_of(const resolve::Body* body) {
  if (body == nullptr) return nullptr;
  const auto* value = body->given("cpu_offload_policy");
  return value != nullptr ? value : body->given("offload_policy");
}

const resolve::Value* offload(const StrategyContext& context) {
  if (flag_setting(context.strategy, "cpu_offload", false)) return setting(context.strategy, "cpu_offload");
  if (const auto* value = offload_of(body_setting(context.strategy, "fsdp_default_kwargs"))) return value;
  const auto* plan = body_setting(context.strategy, "fsdp_plan");
  if (plan == nullptr) return nullptr;
  for (const auto& rule : plan->rules) {
    if (const auto* value = offload_of(rule.value->as<resolve::Body>())) return value;
  }
  return nullptr;
}

}  // namespace

void offload_and_clipping(const StrategyContext& context) {
  const auto* schedule = context.check.program.schedule;
  const auto* clip = schedule == nullptr ? nullptr : schedule->given("gradient_clip_val");
  const auto* algorithm = schedule == nullptr ? nullptr : schedule->value("gradient_clip_algorithm");
  const auto* by = algorithm == nullptr ? nullptr : algorithm->as<resolve::Text>();
  const auto* where = clip == nullptr || (by != nullptr && by->text == "value") ? nullptr : offload(context);
  if (where == nullptr) return;
  auto& d = context.check.diagnostics.report(
      Code::offload_clipping, where->span,
      "gradients are offloaded to the CPU and clipped by norm: the sum over ranks needs a CPU process group");
  d.notes.push_back({"the clipping", clip->span});
  d.help = "start the run with Gloo beside NCCL (\"cpu:gloo,cuda:nccl\"), or clip by value";
}

}  // namespace fts::adapters
