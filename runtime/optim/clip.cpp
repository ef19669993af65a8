#include "runtime/optim/clip.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

namespace fts::optim {

namespace {

std::vector<at::Tensor> gradients(const Optimizer& optimizer) {
  std::vector<at::Tensor> all;
  for (const auto& group : optimizer.groups()) {
    for (const auto& parameter : group.parameters) {
      if (parameter.grad().defined()) all.push_back(parameter.grad());
    }
  }
  return all;
}

}  // namespace

at::Tensor gradient_norm(const Optimizer& optimizer) {
  const at::NoGradGuard no_grad;
  const auto grads = gradients(optimizer);
  if (grads.empty()) return {};
  std::vector<at::Tensor> norms;
  for (const auto& grad : grads) norms.push_back(at::linalg_vector_norm(grad).to(grads.front().device()));
  return at::linalg_vector_norm(at::stack(norms));
}

void clip_norm(Optimizer& optimizer, double max_norm, const at::Tensor& norm) {
  if (!norm.defined()) return;
  const at::NoGradGuard no_grad;
  const auto factor = norm.add(1e-6).reciprocal().mul(max_norm).clamp_max(1.0);
  for (auto grad : gradients(optimizer)) grad.mul_(factor.to(grad.device()));
}

void clip_value(Optimizer& optimizer, double limit) {
  const at::NoGradGuard no_grad;
  for (auto grad : gradients(optimizer)) grad.clamp_(-limit, limit);
}

}  // namespace fts::optim
