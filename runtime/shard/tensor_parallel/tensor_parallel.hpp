// Tensor parallel on an unmodified module, by the tap: where an operator takes a weight that the ranks have split, each
// rank computes its part, and what goes in and comes out is put into the layouts that the plan says. Semantics and
// defaults are those of torch.distributed.tensor.parallel; the algorithm is Megatron-LM's (Shoeybi et al. 2019;
// sequence parallel: Korthikanti et al. 2022).
//
// A module's own code between two layers works on this rank's part: it must leave the number of heads to -1, as with
// PyTorch.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/shard/tap.hpp"
#include "runtime/shard/tensor_parallel/layout.hpp"
#include "runtime/shard/tensor_parallel/slices.hpp"
#include "runtime/shard/tensor_parallel/tensor_ranks.hpp"

namespace fts::shard {

class TensorParallel final : public TapHandler {
 public:
  // `parameters` by position; those that `slices` splits are this rank's slices already. `inner` sees every operator
  // first (the engine that gathers what is used); null: there is none. All but `layers` outlive this.
  TensorParallel(const TensorRanks& ranks, const Slices& slices, const std::vector<at::Tensor>& parameters,
                 std::vector<LayerSpec> layers, TapHandler* inner);
  ~TensorParallel() override;

  // Throws, out of the forward, Refused for what cannot be done on a part of a weight, and comm::Diverged where a
  // layer's first input is not the same on all ranks although the plan says so.
  bool handle(const c10::OperatorHandle& op, torch::jit::Stack& stack) override;
  // A forward and its backward are over.
  void end_pass() { shared_ = {}; }

 private:
  struct Layer;
  struct Tag;
  struct Operands;

  [[nodiscard]] Tag* find(const at::Tensor& tensor);
  [[nodiscard]] Layer& layer_of(const Tag& tag, Style style, const c10::OperatorHandle& op) const;

  void multiply(const Operands& operands, const Tag& tag, const c10::OperatorHandle& op, torch::jit::Stack& stack);
  void look_up(const Tag& tag, const c10::OperatorHandle& op, torch::jit::Stack& stack);
  bool use_parameters(const c10::OperatorHandle& op, torch::jit::Stack& stack);
  bool view(const Tag& tag, const c10::OperatorHandle& op, torch::jit::Stack& stack);
  [[nodiscard]] at::Tensor used(const Tag& tag, const at::Tensor& parameter, const c10::OperatorHandle& op,
                                const torch::jit::Stack& stack) const;
  void reshape(const c10::OperatorHandle& op, torch::jit::Stack& stack) const;

  [[nodiscard]] at::Tensor input_of(Layer& layer, const at::Tensor& input);
  [[nodiscard]] at::Tensor output_of(const Layer& layer, const at::Tensor& product);
  [[nodiscard]] at::Tensor bias_of(const Layer& layer, const at::Tensor& bias) const;
  [[nodiscard]] at::Tensor relaid(const Layer& layer, at::Tensor tensor, const Layout& from, const Layout& to) const;

  const TensorRanks& ranks_;
  TapHandler* inner_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::unordered_map<const c10::StorageImpl*, std::vector<std::unique_ptr<Tag>>> tags_;
  const Layer* leaves_split_ = nullptr;  // the last layer whose output stays split

  // The input of several layers (queries, keys and values) is exchanged once.
  struct Shared {
    at::Tensor from, to;
    std::int64_t version = 0;
    bool with_gradients = false;
    Layout layout;
  };
  Shared shared_;
};

}  // namespace fts::shard
