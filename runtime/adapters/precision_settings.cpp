#include "runtime/adapters/precision_settings.hpp"

#include "runtime/bind/settings.hpp"

namespace fts {

using bind::dtype_named;
using bind::value_of;
using nlohmann::json;

shard::Precision precision_of_unit(const json& settings) {
  const auto policy = value_of(settings, "mp_policy");
  const auto offload = value_of(settings, "offload_policy");
  return {.param_dtype = dtype_named(value_of(policy, "param_dtype")),
          .reduce_dtype = dtype_named(value_of(policy, "reduce_dtype")),
          .cast_inputs = value_of(policy, "cast_forward_inputs") != false,
          .offload = !offload.is_null(),
          .pin_memory = value_of(offload, "pin_memory") != false};
}

// The root's inputs are cast by default, and all units compute in one dtype: so every input is cast.
shard::Precision precision_of_strategy(const json& settings) {
  const auto mixed = value_of(settings, "mixed_precision");
  const bool casts =
      value_of(mixed, "cast_forward_inputs") == true || value_of(mixed, "cast_root_forward_inputs") != false;
  return {.param_dtype = dtype_named(value_of(mixed, "param_dtype")),
          .reduce_dtype = dtype_named(value_of(mixed, "reduce_dtype")),
          .cast_inputs = casts,
          .round_gradients = value_of(mixed, "keep_low_precision_grads") == true,
          .offload = value_of(settings, "cpu_offload") == true};
}

std::optional<c10::ScalarType> buffer_dtype_of(const json& settings) {
  return dtype_named(value_of(value_of(settings, "mixed_precision"), "buffer_dtype"));
}

}  // namespace fts
