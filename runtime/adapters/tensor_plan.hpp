// What a strategy's tensor_parallel means for the runtime.
#pragma once
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/shard/tensor_parallel/layout.hpp"

namespace fts {

struct TensorPlan {
  std::vector<shard::LayerSpec> layers;
  std::vector<std::optional<shard::Split>> splits;  // by position
};

// All faults together. FTS1002: styles and layouts that the runtime does not carry out; FTS1404: sizes that the ranks
// do not divide.
[[nodiscard]] tl::expected<TensorPlan, Error> tensor_plan_of(const plan::Plan& plan, const plan::Strategy& strategy,
                                                             int ranks);

}  // namespace fts
