#include "runtime/session/batch_norm.hpp"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

namespace fts::session {

namespace {

// One without parameters is in no phase: FTS lets its statistics be for good.
bool frozen(const torch::nn::Module& module, const FrozenBatchNorms::Tracks& tracks) {
  const auto own = module.parameters(false);
  return std::none_of(own.begin(), own.end(), tracks) && module.name().find("InstanceNorm") == std::string::npos;
}

}  // namespace

// By the names of their buffers, which LibTorch's batch norms and TorchScript's have in common.
void FrozenBatchNorms::update(torch::nn::Module& module, const Tracks& tracks) {
  pin();
  held_.clear();
  const auto hold = [&](const torch::nn::Module& norm) {
    const auto buffers = norm.named_buffers(false);
    if (!buffers.contains("running_mean") || !buffers.contains("running_var") || !frozen(norm, tracks)) return;
    for (const auto* name : {"running_mean", "running_var", "num_batches_tracked"}) {
      const auto* buffer = buffers.find(name);
      if (buffer != nullptr && buffer->defined()) held_.emplace_back(*buffer, buffer->detach().clone());
    }
  };
  hold(module);  // apart: it need not be in a shared_ptr, as modules(true) wants
  for (const auto& child : module.modules(false)) hold(*child);
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
