// Batch norms of frozen layers, under `frozen_bn_track_running_stats = false`: they go on normalising with the batch,
// but their running statistics stay. FTS turns `track_running_stats` off; LibTorch's modules would then forget their
// statistics in evaluation, so momentum is set to nought instead.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
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
  // The count of batches, which a forward pass raises, back to what it was. To be called before anything is saved.
  void pin();
  // Takes the counts as they are now: a resumed run has just read them.
  void reset();

 private:
  struct Held {
    std::function<void(std::optional<double>)> set_momentum;
    std::optional<double> momentum;
    at::Tensor count;  // num_batches_tracked
    std::int64_t value;
  };
  std::vector<Held> held_;
};

}  // namespace fts::session
