// The best of a phase, held in memory: what the phase can have changed, and nothing else.
#pragma once
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

#include "runtime/session/training.hpp"

namespace fts::session {

class Snapshot {
 public:
  // Copies the parameters that train (or `all` of them), the buffers, and optimizer and rates.
  Snapshot(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& buffers, const Training& training,
           bool all);

  void restore_model() const;
  [[nodiscard]] tl::expected<void, std::string> restore_training(Training& training) const {
    return training.return_to(training_, optimizer_);
  }

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> tensors_;  // the module's own, and the copy
  std::vector<optim::Optimizer::State> optimizer_;
  nlohmann::json training_;
};

}  // namespace fts::session
