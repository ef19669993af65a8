#include "runtime/session/batch_norm.hpp"

#include <algorithm>

#include <torch/nn/modules/batchnorm.h>

namespace fts::session {

namespace {

struct BatchNorm {
  std::optional<double> momentum;
  std::function<void(std::optional<double>)> set_momentum;
  at::Tensor count;
};

template <class Impl>
bool read_as(torch::nn::Module& module, std::optional<BatchNorm>& out) {
  auto* norm = dynamic_cast<Impl*>(&module);
  if (norm == nullptr) return false;
  if (norm->options.track_running_stats()) {
    out = BatchNorm{norm->options.momentum(), [norm](auto m) { norm->options.momentum(m); }, norm->num_batches_tracked};
  }
  return true;
}

std::optional<BatchNorm> batch_norm(torch::nn::Module& module) {
  using namespace torch::nn;  // NOLINT: three names, only here
  std::optional<BatchNorm> found;
  (void)(read_as<BatchNorm1dImpl>(module, found) || read_as<BatchNorm2dImpl>(module, found) ||
         read_as<BatchNorm3dImpl>(module, found));
  return found;
}

bool frozen(const torch::nn::Module& module, const FrozenBatchNorms::Tracks& tracks) {
  const auto own = module.parameters(false);
  return !own.empty() && std::none_of(own.begin(), own.end(), tracks);
}

}  // namespace

void FrozenBatchNorms::update(torch::nn::Module& module, const Tracks& tracks) {
  pin();
  for (auto& held : held_) held.set_momentum(held.momentum);
  held_.clear();
  for (const auto& child : module.modules(true)) {
    auto norm = batch_norm(*child);
    if (!norm || !frozen(*child, tracks)) continue;
    norm->set_momentum(0.0);
    held_.push_back({norm->set_momentum, norm->momentum, norm->count, norm->count.item<std::int64_t>()});
  }
}

void FrozenBatchNorms::reset() {
  for (auto& held : held_) held.value = held.count.item<std::int64_t>();
}

void FrozenBatchNorms::pin() {
  for (auto& held : held_) held.count.fill_(held.value);
}

}  // namespace fts::session
