#include "runtime/session/batch_norm.hpp"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

namespace fts::session {

namespace {

bool frozen(const torch::nn::Module& module, const FrozenBatchNorms::Tracks& tracks) {
  const auto own = module.parameters(false);
  return !own.empty() && std::none_of(own.begin(), own.end(), tracks);
}

}  // namespace

// By the names of their buffers, which LibTorch's batch norms and TorchScript's have in common.
void FrozenBatchNorms::update(torch::nn::Module& module, const Tracks& tracks) {
  pin();
  held_.clear();
  for (const auto& child : module.modules(true)) {
    const auto buffers = child->named_buffers(false);
    if (!buffers.contains("running_mean") || !frozen(*child, tracks)) continue;
    for (const auto* name : {"running_mean", "running_var", "num_batches_tracked"}) {
      const auto* buffer = buffers.find(name);
      if (buffer != nullptr && buffer->defined()) held_.emplace_back(*buffer, buffer->detach().clone());
    }
  }
}

void FrozenBatchNorms::reset() {
  const at::NoGradGuard no_grad;
  for (auto& [own, copy] : held_) copy.copy_(own);
}

void FrozenBatchNorms::pin() {
  const at::NoGradGuard no_grad;
  for (auto& [own, copy] : held_) own.copy_(copy);
}

}  // namespace fts::session
