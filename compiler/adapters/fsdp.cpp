// fsdp: flat parameters a unit (torch.distributed.fsdp.FullyShardedDataParallel's arguments; FTS's awp_overrides).
#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/schemas.hpp"
#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

using namespace resolve::type;

namespace {

resolve::SpecSchema module_types() {
  return {.name = "module_types",
          .class_name = "ModuleWrapPolicy",
          .doc = "A unit for each module of these types.",
          .arguments = {.name = "module_types"},
          .variadic = string()};
}

resolve::SpecSchema min_num_params() {
  return {.name = "min_num_params",
          .class_name = "size_based_auto_wrap_policy",
          .doc = "A unit for each module of this size.",
          .arguments = {.name = "min_num_params",
                        .attributes = {{.name = "min_num_params",
                                        .type = number().at_least(1),
                                        .doc = "Parameters.",
                                        .required = true}}},
          .positional = {"min_num_params"}};
}

resolve::Type wrap_policy() {
  const resolve::SpecSchema any_of{.name = "any_of",
                                   .class_name = "_or_policy",
                                   .doc = "A unit where any of these says so.",
                                   .arguments = {.name = "any_of"},
                                   .variadic = spec({module_types(), min_num_params()})};
  return spec({module_types(), min_num_params(), any_of}).or_else(none());
}

resolve::BodySchema mixed_precision() {
  return {
      .name = "mixed_precision",
      .attributes = {attribute("param_dtype", dtype(), "Of parameters and computation."),
                     attribute("reduce_dtype", dtype(), "Of the gradient reduction."),
                     attribute("buffer_dtype", dtype(), "Of buffers."),
                     attribute("keep_low_precision_grads", boolean(), false, "Keep gradients in the low precision."),
                     attribute("cast_forward_inputs", boolean(), false, "Cast the inputs of each unit."),
                     attribute("cast_root_forward_inputs", boolean(), true, "Cast the inputs of the root.")}};
}

constexpr StrategyCheck kChecks[] = {
    {"flat_alignment", flat_alignment},
    {"frozen_units", frozen_units},
    {"fts_refuses_wrapping", fts_refuses_wrapping},
    {"mixed_precision_dtypes", mixed_precision_dtypes},
    {"no_decay_unsupported", no_decay_unsupported},
    {"offload_and_clipping", offload_and_clipping},
    {"scalar_parameters", scalar_parameters},
    {"tied_units", tied_units},
    {"unit_dtypes", unit_dtypes},
    {"unit_sizes", unit_sizes},
    {"wrap_entries", wrap_entries},
};

}  // namespace

void check_fsdp(const check::Context& context, const resolve::Strategy& strategy) {
  run_checks(kChecks, context, strategy, flat_layout(context, strategy));
}

resolve::SpecSchema fsdp_schema(const std::string& /*folder*/) {
  const auto sharding = word({"FULL_SHARD", "SHARD_GRAD_OP", "NO_SHARD", "HYBRID_SHARD", "_HYBRID_SHARD_ZERO2"});
  return {
      .name = "fsdp",
      .class_name = "FSDPStrategyAdapter",
      .doc = "Flat parameters, one a unit.",
      .arguments = {.name = "fsdp",
                    .attributes = {
                        attribute("auto_wrap_policy", wrap_policy(), "What makes a module a unit."),
                        attribute("awp_overrides", list(modules()), "Modules that are units whatever the policy says."),
                        attribute("use_orig_params", boolean(), false, "Keep the original parameters as views."),
                        attribute("sharding_strategy", sharding, "FULL_SHARD", "What is sharded."),
                        attribute("mixed_precision", body(mixed_precision()), "Dtypes of computation and reduction."),
                        attribute("cpu_offload", boolean(), false, "Keep the shards in the CPU's memory."),
                        attribute("backward_prefetch", word({"BACKWARD_PRE", "BACKWARD_POST"}).or_else(none()),
                                  "BACKWARD_PRE", "When the next unit is gathered in backward."),
                        attribute("limit_all_gathers", boolean(), true, "Hold gathers back while memory is short."),
                        attribute("sync_module_states", boolean(), false, "Start from rank 0's values."),
                        attribute("ignored_modules", modules(), "Modules that are not sharded."),
                    }}};
}

}  // namespace fts::adapters
