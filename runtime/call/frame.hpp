// One call of a checkpointed layer. Of the tensors that its forward saves only their number and form are kept; the
// first one that backward asks for has the forward computed again, up to the last tensor that it saves, and each is
// freed where backward has taken it (the non-reentrant form of torch.utils.checkpoint; Chen et al., arXiv:1604.06174).
//
// Gradients take the way of the first forward's graph, so frozen parts, tensors that enter by other ways than the
// arguments, and parameters that are used elsewhere too need no care. Calls may be nested: the inputs of an inner one
// are among the tensors that the outer one saves.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ThreadLocalState.h>
#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/saved_variable.h>

#include "runtime/call/call.hpp"
#include "runtime/call/random.hpp"
#include "runtime/call/saved_tensors.hpp"

namespace fts::calls {

struct CheckpointSettings {
  bool preserve_rng_state = true;
  bool determinism_check = true;
  bool debug = false;    // the error of the check tells of every tensor
  bool offload = false;  // inputs wait in the CPU's memory
};

class Frame final : public Saving, public std::enable_shared_from_this<Frame> {
 public:
  // `name` of the layer, for errors. The layer outlives the frame, which lives until backward has passed it.
  Frame(const torch::nn::Module& layer, std::string name, const CheckpointSettings& settings,
        const std::vector<at::Tensor>& inputs, Boundary::Again again);

  // For the tensors that the first forward saves.
  std::unique_ptr<SavedVariableHooks> hooks() override;

 private:
  class Holder;
  class Recorder;
  struct Form {
    std::vector<std::int64_t> sizes;
    at::ScalarType dtype;
    friend bool operator==(const Form&, const Form&) = default;
  };
  struct Input {
    torch::autograd::SavedVariable saved;
    c10::Device device = c10::kCPU;
    bool requires_grad = false;
  };

  [[nodiscard]] at::Tensor take(std::size_t index);
  void recompute();
  [[nodiscard]] std::vector<at::Tensor> unpack_inputs() const;
  void check(const std::vector<Form>& now) const;

  std::string name_;
  CheckpointSettings settings_;
  std::vector<Input> inputs_;
  Boundary::Again again_;
  at::ThreadLocalState modes_;  // gradients, autocast and the tap as they were
  std::optional<RandomState> random_;
  std::vector<at::Tensor> buffers_;  // of the layer
  std::vector<Form> forms_;
  std::vector<at::Tensor> saved_;  // after a recomputation, until they are taken
};

}  // namespace fts::calls
