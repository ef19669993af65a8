// A moment of a run, held in memory: what training can change is copied, the rest is shared with the model. The best of
// a phase is one, and so is a checkpoint while it is written.
#pragma once
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>

#include "runtime/bind/module_parameters.hpp"
#include "runtime/bind/safetensors.hpp"
#include "runtime/optim/optimizer.hpp"

namespace fts::session {

class Snapshot {
 public:
  // Copies the parameters that train (or `all` of them), the buffers and the optimizer's state. Others are shared: they
  // are as they were until a phase that thaws them steps. `training` is kept as it is.
  Snapshot(const std::vector<bind::NamedTensor>& parameters, const std::vector<bind::NamedTensor>& buffers,
           std::vector<optim::Optimizer::State> optimizer, nlohmann::json training, bool all);

  // Every parameter and buffer, as it was.
  [[nodiscard]] const std::vector<bind::TensorToWrite>& model() const { return model_; }
  [[nodiscard]] const std::vector<optim::Optimizer::State>& optimizer() const { return optimizer_; }
  [[nodiscard]] const nlohmann::json& training() const { return training_; }

 private:
  std::vector<bind::TensorToWrite> model_;
  std::vector<optim::Optimizer::State> optimizer_;
  nlohmann::json training_;
};

}  // namespace fts::session
