// Tells when a parameter's gradient has been accumulated in a backward, on the thread that runs it.
#pragma once
#include <functional>
#include <memory>
#include <utility>

#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace fts::shard {

// Replaces the parameter's hook (each has one at most); an empty function takes it away.
inline void on_gradient(const at::Tensor& parameter, std::function<void()> tell) {
  struct Hook final : torch::autograd::PostAccumulateGradHook {
    explicit Hook(std::function<void()> tell) : tell_(std::move(tell)) {}
    void operator()(const at::Tensor& /*parameter*/) override { tell_(); }
    std::function<void()> tell_;
  };
  torch::autograd::impl::set_post_acc_grad_hooks(parameter, tell ? std::make_unique<Hook>(std::move(tell)) : nullptr);
}

}  // namespace fts::shard
