// Batch norms of frozen layers, under `frozen_bn_track_running_stats = false`: they go on normalising with the batch,
// but their running statistics stay. FTS turns `track_running_stats` off; LibTorch's modules would then forget their
// statistics in evaluation, and TorchScript's cannot be told, so what a forward pass did to them is undone instead.
#pragma once
#include <functional>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace torch::nn {
class Module;
}

namespace fts::session {

class FrozenBatchNorms {
 public:
  // Whether a parameter of a batch norm lets its statistics go on.
  using Tracks = std::function<bool(const at::Tensor& parameter)>;
  // Holds the statistics of every batch norm of which no parameter `tracks` (by default: trains), and lets the others
  // go.
  void update(
      torch::nn::Module& module, const Tracks& tracks = [](const at::Tensor& p) { return p.requires_grad(); });
  // The statistics back to what they were. To be called after each backward, and before anything is saved.
  void pin();
  // Takes the statistics as they are now: a resumed run has just read them.
  void reset();

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> held_;  // the module's own, and the copy
};

}  // namespace fts::session
