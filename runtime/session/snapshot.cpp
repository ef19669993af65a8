#include "runtime/session/snapshot.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/clone.h>

namespace fts::session {

Snapshot::Snapshot(const std::vector<bind::NamedTensor>& parameters, const std::vector<bind::NamedTensor>& buffers,
                   std::vector<optim::Optimizer::State> optimizer, nlohmann::json training, bool all)
    : optimizer_(std::move(optimizer)), training_(std::move(training)) {
  const at::NoGradGuard no_grad;  // copies are no use of a parameter
  // What is shared is detached too: a thread that writes it must not look at what a move changes (requires_grad).
  for (const auto& p : parameters)
    model_.push_back({p.name, all || p.tensor.requires_grad() ? p.tensor.detach().clone() : p.tensor.detach()});
  for (const auto& b : buffers) model_.push_back({b.name, b.tensor.detach().clone()});
  for (auto& state : optimizer_) state.tensor = state.tensor.clone();
}

}  // namespace fts::session
