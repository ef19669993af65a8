// Mixed precision without hooks. A module whose parameters are in a low precision wants its input in it too; where the
// module begins nobody tells, so it is done one operator later: an operator that uses such a parameter gets its other
// floating-point inputs in the parameter's dtype. That is the same for every module that begins with an operator on a
// parameter of it (linear, embedding, norm). What such a module does before that (a residual branch, a product of
// inputs) is in the inputs' dtype, where PyTorch would have cast it already; fts::call makes them equal.
//
// Batch norms compute in float, as PyTorch has it: their running statistics would not survive less.
#pragma once
#include <unordered_map>

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace fts::shard {

class Casts {
 public:
  // Parameters in this storage are of `dtype`, and so is what is computed with them.
  void compute_in(const at::Tensor& parameters, at::ScalarType dtype);
  // This buffer is read as `dtype`. It keeps its own, in which it is written and saved.
  void read_in(const at::Tensor& buffer, at::ScalarType dtype);

  [[nodiscard]] bool empty() const { return parameters_.empty() && buffers_.empty(); }
  // Replaces what must be cast among the operator's arguments, which are the last ones on the stack; differentiable.
  void apply(const c10::OperatorHandle& op, torch::jit::Stack& stack) const;

 private:
  using ByStorage = std::unordered_map<const c10::StorageImpl*, at::ScalarType>;
  ByStorage parameters_, buffers_;
};

}  // namespace fts::shard
