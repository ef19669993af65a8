// Gradient clipping over an optimizer's groups. Parameters without a gradient (the frozen ones) count for nothing.
#pragma once
#include "runtime/optim/optimizer.hpp"

namespace fts::optim {

// The Euclidean norm of all gradients together; undefined: there is none.
[[nodiscard]] at::Tensor gradient_norm(const Optimizer& optimizer);
// torch.nn.utils.clip_grad_norm_, for gradients of this norm.
void clip_norm(Optimizer& optimizer, double max_norm, const at::Tensor& norm);

// torch.nn.utils.clip_grad_value_.
void clip_value(Optimizer& optimizer, double limit);

}  // namespace fts::optim
