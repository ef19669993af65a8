// Parameters in operators other than their layers' products.
#include <algorithm>
#include <array>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "runtime/shard/tensor_parallel/tags.hpp"

namespace fts::shard {

// A bias for an output in the layer's layout.
at::Tensor TensorParallel::bias_of(const Layer& layer, const at::Tensor& bias) const {
  auto here = bias;
  if (layer.style == Style::columns) {
    if (layer.output == Layout{-1}) return here;
    here = ranks_.exchange(here, Move::gather, Move::split, 0, layer.name);
  }
  return layer.output.dim ? ranks_.exchange(here, Move::keep, Move::sum, 0, layer.name) : here;
}

// What the parameter is to an operator: whole ones are used on a part of the activations, slices of a bias may be added
// to whole outputs.
at::Tensor TensorParallel::used(const Tag& tag, const at::Tensor& parameter, const c10::OperatorHandle& op,
                                const torch::jit::Stack& stack) const {
  static const std::array additions = {aten("aten::add", "Tensor"), aten("aten::add_", "Tensor")};
  static const std::array copies = {aten("aten::clone"), aten("aten::copy_")};
  const auto among = [&](const auto& ops) { return std::ranges::find(ops, op) != ops.end(); };
  if (!tag.split && tag.bias_of == nullptr)
    return ranks_.exchange(parameter, Move::keep, Move::sum, 0, tag.weight_of.front()->name);
  const auto width = [&](std::size_t i) {
    const auto& term = torch::jit::peek(stack, i, op.schema().arguments().size()).toTensor();
    return term.dim() == 0 ? 1 : term.size(-1);
  };
  const auto added_to_whole = [&] {
    return among(additions) && std::max(width(0), width(1)) == parameter.numel() * ranks_.size();
  };
  if (tag.bias_of != nullptr && (!tag.split || tag.bias_of->output == Layout{-1} || added_to_whole()))
    return bias_of(*tag.bias_of, parameter);
  if (!at::GradMode::is_enabled() || among(copies)) return parameter;
  const auto& layer = tag.bias_of != nullptr ? *tag.bias_of : *tag.weight_of.front();
  throw unsupported(fmt::format("{} cannot be carried out on a parameter of '{}', of which each tensor-parallel rank "
                                "has a slice",
                                op.operator_name().name, layer.name),
                    "products and embeddings can; leave the module out of tp_plan");
}

// Puts what a parameter is to this operator in its place. Its views are the parameter; a copy of it is a use.
bool TensorParallel::use_parameters(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const auto& arguments = op.schema().arguments();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto& value = torch::jit::peek(stack, i, arguments.size());
    const auto* alias = arguments[i].alias_info();
    if (value.isTensor()) {
      const auto* tag = find(value.toTensor());
      if (tag == nullptr) continue;
      if (alias != nullptr && alias->isWrite()) continue;
      if (alias != nullptr) return at::GradMode::is_enabled() && view(*tag, op, stack);
      value = used(*tag, value.toTensor(), op, stack);
    } else if (value.isTensorList() && alias == nullptr) {
      auto tensors = value.toTensorVector();
      bool some = false;
      for (auto& tensor : tensors) {
        const auto* tag = find(tensor);
        if (tag != nullptr) tensor = used(*tag, tensor, op, stack);
        some = some || tag != nullptr;
      }
      if (some) value = c10::IValue(tensors);
    }
  }
  return false;
}

bool TensorParallel::view(const Tag& tag, const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  op.callBoxed(stack);
  auto& result = stack.back();
  if (result.isTensor() && result.toTensor().requires_grad() && find(result.toTensor()) == nullptr)
    result = used(tag, result.toTensor(), op, stack);
  return true;
}

}  // namespace fts::shard
