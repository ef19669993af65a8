// What a plan's settings say of precision and offload.
#pragma once
#include <optional>

#include <c10/core/ScalarType.h>
#include <nlohmann/json.hpp>

#include "runtime/shard/precision.hpp"

namespace fts {

// Of one unit of model_parallel: mp_policy, offload_policy.
[[nodiscard]] shard::Precision precision_of_unit(const nlohmann::json& settings);
// Of all units of fsdp: mixed_precision, cpu_offload.
[[nodiscard]] shard::Precision precision_of_strategy(const nlohmann::json& settings);
[[nodiscard]] std::optional<c10::ScalarType> buffer_dtype_of(const nlohmann::json& settings);

}  // namespace fts
