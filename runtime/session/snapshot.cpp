#include "runtime/session/snapshot.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/clone.h>

namespace fts::session {

Snapshot::Snapshot(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& buffers,
                   const Training& training, bool all)
    : optimizer_(training.optimizer().state()), training_(training.state()) {
  for (const auto& parameter : parameters) {
    if (all || parameter.requires_grad()) tensors_.emplace_back(parameter, parameter.detach().clone());
  }
  for (const auto& buffer : buffers) tensors_.emplace_back(buffer, buffer.detach().clone());
  for (auto& state : optimizer_) state.tensor = state.tensor.clone();
}

void Snapshot::restore_model() const {
  const at::NoGradGuard no_grad;
  for (const auto& [own, copy] : tensors_) at::Tensor(own).copy_(copy);
}

}  // namespace fts::session
