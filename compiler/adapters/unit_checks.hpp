// The checks of strategies, by name; each stands in the file of its name. Private to the stage.
#pragma once
#include "compiler/adapters/strategy.hpp"

namespace fts::adapters {

// ---- fsdp
void flat_alignment(const StrategyContext& context);  // phases and flat parameters
void fts_refuses_wrapping(const StrategyContext& context);
void no_decay_unsupported(const StrategyContext& context);
void wrap_entries(const StrategyContext& context);  // what auto_wrap_policy and awp_overrides name
void mixed_precision_dtypes(const StrategyContext& context);

// ---- model_parallel
void nothing_sharded(const StrategyContext& context);
void plan_rules(const StrategyContext& context);  // order, overlap, containers
void activation_checkpoints(const StrategyContext& context);
void reshard_groups(const StrategyContext& context);
void placements(const StrategyContext& context);  // shard_placement_fn and ignored_params
void plan_dtypes(const StrategyContext& context);
void tp_modules(const StrategyContext& context);  // styles where they stand
void tp_divisibility(const StrategyContext& context);
void tp_pairs(const StrategyContext& context);  // column and row

// ---- both
void scalar_parameters(const StrategyContext& context);
void tied_units(const StrategyContext& context);
void unit_dtypes(const StrategyContext& context);
void unit_sizes(const StrategyContext& context);
void plain_parameters(const StrategyContext& context);
void frozen_units(const StrategyContext& context);
void offload_and_clipping(const StrategyContext& context);

// ---- shared parts
// The place of what made the unit: its entry, the policy, or the adapter.
[[nodiscard]] Span origin_span(const StrategyContext& context, const Unit& unit);
// "unit 'a.b'", "the root unit".
[[nodiscard]] std::string unit_in_words(const StrategyContext& context, const Unit& unit);
// What a unit's rule says, or else fsdp_default_kwargs (a shallow merge, as in FTS); null: neither. offload_policy and
// cpu_offload_policy are one setting.
struct RuleSetting {
  const resolve::Value* value = nullptr;
  bool of_rule = false;
};
[[nodiscard]] RuleSetting rule_setting(const resolve::Strategy& strategy, std::size_t rule, std::string_view name);
// The ranks along a mesh dimension; nullopt: `auto`, or not said.
[[nodiscard]] std::optional<std::int64_t> mesh_size(const resolve::Strategy& strategy, std::string_view dimension);
// Bytes of the unit's parameters as they are stored.
[[nodiscard]] double stored_bytes(const graph::ParamGraph& graph, const Unit& unit);
// Modules that, wrapped by themselves, leave each unit with parameters that train alike; empty: wrapping does not help.
[[nodiscard]] std::vector<ModuleId> mending_overrides(const StrategyContext& context, std::uint32_t unit);

}  // namespace fts::adapters
