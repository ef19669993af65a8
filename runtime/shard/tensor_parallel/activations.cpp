// What goes into a layer and what comes out, in the layouts that the plan says.
#include <ATen/WrapDimUtils.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "runtime/shard/tensor_parallel/tags.hpp"

namespace fts::shard {

at::Tensor TensorParallel::input_of(Layer& layer, const at::Tensor& input) {
  if (!layer.input.dim && !std::exchange(layer.compared, true) && !ranks_.alike({input}, layer.name).front()) {
    ranks_.diverged(
        fmt::format("the tensor-parallel ranks give '{}' different inputs, but the plan says that each has all of it: "
                    "ranks of one data-parallel rank take the same batches (epoch.shard), and what has a part of the "
                    "sequence says so with input_layouts = shard(1)",
                    layer.name));
  }
  if (layer.style == Style::rows)
    return relaid(layer, input, layer.input, input.is_floating_point() ? Layout{-1} : Layout{});
  if (!input.is_floating_point()) return relaid(layer, input, layer.input, {});
  const bool with_gradients = at::GradMode::is_enabled();
  const std::int64_t version = input.is_inference() ? -1 : input._version();
  if (version >= 0 && shared_.from.is_same(input) && shared_.version == version &&
      shared_.with_gradients == with_gradients && shared_.layout == layer.input)
    return shared_.to;
  const auto here = layer.input.dim ? ranks_.exchange(input, Move::gather, Move::scatter, *layer.input.dim, layer.name)
                                    : ranks_.exchange(input, Move::keep, Move::sum, 0, layer.name);
  shared_ = {input, here, version, with_gradients, layer.input};
  return here;
}

at::Tensor TensorParallel::output_of(const Layer& layer, const at::Tensor& product) {
  if (layer.style == Style::columns) {
    const auto output = relaid(layer, product, Layout{-1}, layer.output);
    if (output.is_same(product)) leaves_split_ = &layer;
    return output;
  }
  return layer.output.dim ? ranks_.exchange(product, Move::scatter, Move::gather, *layer.output.dim, layer.name)
                          : ranks_.exchange(product, Move::sum, Move::keep, 0, layer.name);
}

// What is the same on all ranks (or each rank's own part) before, and so is its gradient after.
at::Tensor TensorParallel::relaid(const Layer& layer, at::Tensor tensor, const Layout& from, const Layout& to) const {
  const auto wrapped = [&](const Layout& layout) {
    return layout.dim ? at::maybe_wrap_dim(*layout.dim, tensor.dim()) : -1;
  };
  const auto before = wrapped(from), after = wrapped(to);
  if (before == after) return tensor;
  if (before >= 0) tensor = ranks_.exchange(tensor, Move::gather, Move::split, before, layer.name);
  if (after >= 0) tensor = ranks_.exchange(tensor, Move::split, Move::gather, after, layer.name);
  return tensor;
}

}  // namespace fts::shard
