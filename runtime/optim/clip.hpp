// Gradient clipping over an optimizer's groups. Parameters without a gradient (the frozen ones) count for nothing.
#pragma once
#include "runtime/optim/optimizer.hpp"

namespace fts::optim {

// torch.nn.utils.clip_grad_norm_ with the Euclidean norm of all gradients together.
void clip_norm(Optimizer& optimizer, double max_norm);

// torch.nn.utils.clip_grad_value_.
void clip_value(Optimizer& optimizer, double limit);

}  // namespace fts::optim
