#include "runtime/shard/tensor_parallel/slices.hpp"

#include <ATen/core/grad_mode.h>

namespace fts::shard {

Slices::Slices(const TensorRanks& ranks, std::vector<std::optional<Split>> splits)
    : ranks_(ranks), splits_(std::move(splits)) {}

at::Tensor Slices::part_of(std::uint32_t position, const at::Tensor& whole) const {
  if (!has(position)) return whole;
  const at::NoGradGuard no_grad;
  const auto [dim, parts] = *splits_[position];
  return whole.detach()
      .unflatten(dim, {parts, ranks_.size(), -1})
      .select(dim + 1, ranks_.rank())
      .flatten(dim, dim + 1)
      .clone(at::MemoryFormat::Contiguous);
}

at::Tensor Slices::whole(std::uint32_t position, const at::Tensor& slice) const {
  if (!has(position)) return slice;
  const auto [dim, parts] = *splits_[position];
  const auto all = ranks_.move(Move::gather, slice.detach().unsqueeze(0), 0, "a parameter");  // [ranks, …slice…]
  return all.unflatten(dim + 1, {parts, -1}).movedim(0, dim + 1).flatten(dim, dim + 2).contiguous();
}

}  // namespace fts::shard
