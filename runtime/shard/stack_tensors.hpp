// The tensors among an operator's arguments, or among its results: single ones and those in lists, undefined ones too.
#pragma once
#include <cstddef>
#include <utility>

#include <ATen/core/stack.h>

namespace fts::shard {

// Calls visit(tensor, i) on the tensors of the stack's last `count` values; `i` counts values from 0.
template <class Visit>
void each_tensor(const torch::jit::Stack& stack, std::size_t count, const Visit& visit) {
  const auto first = stack.size() - count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& value = stack[first + i];
    if (value.isTensor()) {
      visit(value.toTensor(), i);
    } else if (value.isTensorList()) {
      for (const at::Tensor& tensor : value.toTensorVector()) visit(tensor, i);
    }
  }
}

// The same with change(tensor, i), which may put another tensor in place of the one given and says whether it did.
template <class Change>
void change_tensors(torch::jit::Stack& stack, std::size_t count, const Change& change) {
  const auto first = stack.size() - count;
  for (std::size_t i = 0; i < count; ++i) {
    auto& value = stack[first + i];
    if (value.isTensor()) {
      auto tensor = value.toTensor();
      if (change(tensor, i)) value = std::move(tensor);
    } else if (value.isTensorList()) {
      auto tensors = value.toTensorVector();
      bool changed = false;
      for (auto& tensor : tensors) changed = change(tensor, i) || changed;
      if (changed) value = std::move(tensors);
    }
  }
}

}  // namespace fts::shard
