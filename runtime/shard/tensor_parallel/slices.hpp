// What each tensor rank keeps of the parameters that are split, and the way to the whole and back.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "runtime/shard/tensor_parallel/layout.hpp"
#include "runtime/shard/tensor_parallel/tensor_ranks.hpp"

namespace fts::shard {

class Slices {
 public:
  // `splits` by position; none: the parameter is whole on every rank. The ranks divide every split dimension. `ranks`
  // outlives this.
  Slices(const TensorRanks& ranks, std::vector<std::optional<Split>> splits);

  [[nodiscard]] bool has(std::uint32_t position) const { return splits_[position].has_value(); }
  [[nodiscard]] const std::optional<Split>& split(std::uint32_t position) const { return splits_[position]; }

  // This rank's slice of a parameter, or of what has its shape; the tensor itself where nothing is split. Contiguous,
  // in memory of its own.
  [[nodiscard]] at::Tensor part_of(std::uint32_t position, const at::Tensor& whole) const;
  // The slices put together, on every rank. A collective.
  [[nodiscard]] at::Tensor whole(std::uint32_t position, const at::Tensor& slice) const;

 private:
  const TensorRanks& ranks_;
  std::vector<std::optional<Split>> splits_;
};

}  // namespace fts::shard
