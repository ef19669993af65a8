// model_parallel: per-parameter sharding on a mesh (torch.distributed.fsdp.fully_shard's arguments), tensor parallel,
// activation checkpointing and offload; FTS's fsdp_plan and fsdp_default_kwargs.
#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/schemas.hpp"
#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

using namespace resolve::type;

namespace {

resolve::SpecSchema shard() {
  return {.name = "shard",
          .class_name = "Shard",
          .doc = "Sharded along a dimension.",
          .arguments = {.name = "shard",
                        .attributes = {{.name = "dim", .type = integer(), .doc = "The dimension.", .required = true}}},
          .positional = {"dim"}};
}

resolve::SpecSchema checkpoint_mode(std::string name, std::string doc) {
  resolve::SpecSchema schema{.name = name, .class_name = "", .doc = std::move(doc)};
  schema.arguments = {
      .name = std::move(name),
      .attributes = {
          attribute("use_reentrant", boolean(), false, "torch.utils.checkpoint's reentrant form."),
          attribute("preserve_rng_state", boolean(), true, "Repeat the random numbers in recomputation."),
          attribute("determinism_check", word({"default", "none"}), "default", "How the recomputation is compared."),
          attribute("debug", boolean(), false, "Tell what was recomputed.")}};
  return schema;
}

resolve::Type act_ckpt() {
  return spec({checkpoint_mode("composable", "Checkpoint the module's activations."),
               checkpoint_mode("wrapped", "The same, as a wrapper."),
               checkpoint_mode("wrapped_offload", "Activations are kept in the CPU's memory.")})
      .or_else(none());
}

resolve::BodySchema offload() {
  return {.name = "cpu_offload_policy", .attributes = {attribute("pin_memory", boolean(), true, "Pin the memory.")}};
}

// What a rule, or fsdp_default_kwargs, may say.
resolve::BodySchema rule(std::string name) {
  return {.name = std::move(name),
          .attributes = {attribute("reshard_after_forward", boolean().or_else(integer().at_least(1)).or_else(none()),
                                   "Reshard after forward; a number: to groups of that many ranks."),
                         attribute("shard_placement_fn", rules(resolve::Kind::parameters, spec({shard()})),
                                   "Dimension to shard, by parameter."),
                         attribute("mp_policy", body(mp_policy()), "Dtypes of computation, reduction and output."),
                         attribute("offload_policy", body(offload()), "As cpu_offload_policy."),
                         attribute("cpu_offload_policy", body(offload()), "Keep the shards in the CPU's memory."),
                         attribute("ignored_params", parameters(), "Parameters that are not sharded."),
                         attribute("act_ckpt", act_ckpt(), "Recompute activations in backward.")}};
}

resolve::Type style() {
  const resolve::SpecSchema replicate{.name = "replicate",
                                      .class_name = "Replicate",
                                      .doc = "Whole on every rank.",
                                      .arguments = {.name = "replicate"}};
  const resolve::Type layout = spec({shard(), replicate}).or_else(none());
  const resolve::Type layouts = layout.or_else(list(layout));
  std::vector<resolve::SpecSchema> styles;
  // PyTorch's by class, and those that only transformers' plans have.
  const std::vector<std::array<std::string, 3>> names = {
      {"colwise", "ColwiseParallel", "Split the output: each rank computes some columns."},
      {"rowwise", "RowwiseParallel", "Split the input and sum the outputs over the ranks."},
      {"colwise_gather_output", "", "As colwise, with the output gathered."},
      {"rowwise_split_input", "", "As rowwise, for an input that is whole: it is split first."},
      {"packed_colwise", "", "As colwise, for two weights one after another in one tensor."},
      {"packed_rowwise", "", "As rowwise, for two weights one after another in one tensor."},
      {"embedding_rowwise", "", "An embedding whose vocabulary is split."},
      {"sequence_parallel", "SequenceParallel", "Work on a part of the sequence."},
      {"replicated_with_grad_allreduce", "", "Whole on every rank, with its gradient summed over them."},
      {"moe_tp_experts", "", "Experts whose weights are split (tp_parameters): their outputs are summed."},
      {"moe_identity_expert", "", "An expert that passes its input on."},
      {"mla_kv_a_proj", "", "The compressed keys and values of latent attention, whole on every rank."},
      {"local_params", "", "Parameters that the plan splits elsewhere, used as they are."},
      {"prepare_module_input", "PrepareModuleInput", "Change the layout of a module's inputs."},
      {"prepare_module_output", "PrepareModuleOutput", "Change the layout of a module's outputs."}};
  for (const auto& [name, class_name, doc] : names) {
    styles.push_back(
        {.name = name,
         .class_name = class_name,
         .doc = doc,
         .arguments = {.name = name,
                       .attributes = {attribute("input_layouts", layouts, "How inputs arrive."),
                                      attribute("output_layouts", layouts, "How outputs leave."),
                                      attribute("desired_input_layouts", layouts, "How inputs are wanted."),
                                      attribute("desired_output_layouts", layouts, "How outputs are wanted."),
                                      attribute("use_local_output", boolean(), true, "Outputs are plain tensors.")}}});
  }
  return spec(std::move(styles));
}

constexpr StrategyCheck kChecks[] = {
    {"activation_checkpoints", activation_checkpoints},
    {"frozen_units", frozen_units},
    {"nothing_sharded", nothing_sharded},
    {"offload_and_clipping", offload_and_clipping},
    {"placements", placements},
    {"plain_parameters", plain_parameters},
    {"plan_dtypes", plan_dtypes},
    {"plan_rules", plan_rules},
    {"reshard_groups", reshard_groups},
    {"scalar_parameters", scalar_parameters},
    {"tied_units", tied_units},
    {"tp_divisibility", tp_divisibility},
    {"tp_modules", tp_modules},
    {"tp_pairs", tp_pairs},
    {"unit_dtypes", unit_dtypes},
    {"unit_sizes", unit_sizes},
};

}  // namespace

void check_model_parallel(const check::Context& context, const resolve::Strategy& strategy) {
  run_checks(kChecks, context, strategy, planned_layout(context, strategy));
}

resolve::BodySchema mp_policy() {
  return {.name = "mp_policy",
          .attributes = {attribute("param_dtype", dtype(), "Of parameters and computation."),
                         attribute("reduce_dtype", dtype(), "Of the gradient reduction."),
                         attribute("output_dtype", dtype(), "Of the module's output."),
                         attribute("cast_forward_inputs", boolean(), true, "Cast the module's inputs.")}};
}

resolve::SpecSchema model_parallel_schema(const std::string& /*folder*/) {
  const resolve::BodySchema mesh{
      .name = "mesh",
      .attributes = {attribute("data", integer().at_least(1).or_else(word({"auto"})), "auto", "Data-parallel ranks."),
                     attribute("tensor", integer().at_least(1).or_else(word({"auto"})), 1, "Tensor-parallel ranks.")}};
  return {
      .name = "model_parallel",
      .class_name = "ModelParallelStrategyAdapter",
      .doc = "Per-parameter sharding and tensor parallel on a 2-D mesh.",
      .arguments = {.name = "model_parallel",
                    .attributes = {
                        attribute("mesh", body(mesh), "Ranks along each dimension."),
                        attribute("fsdp_default_kwargs", body(rule("fsdp_default_kwargs")), "What rules do not say."),
                        attribute("fsdp_plan", rules(resolve::Kind::modules, body(rule("fsdp_plan rule"))),
                                  "Modules that are sharded as units."),
                        attribute("tp_plan", rules(resolve::Kind::modules, style()),
                                  "Modules that are split over tensor-parallel ranks."),
                        attribute("tp_parameters", rules(resolve::Kind::parameters, style()),
                                  "Parameters that are split by themselves, such as fused experts."),
                    }}};
}

}  // namespace fts::adapters
