// A say in what autograd saves for backward. LibTorch asks its engine for hooks whenever an operator saves a tensor
// (Python's saved_tensors_hooks rest on that too), and takes another engine's answer: this one runs backward as ever.
#pragma once
#include <memory>

#include <torch/csrc/autograd/saved_variable_hooks.h>

namespace fts::calls {

using torch::autograd::SavedVariableHooks;

class Saving {
 public:
  virtual ~Saving() = default;
  // For one tensor, which its call_pack_hook() will be given. What that throws comes out of the operator.
  [[nodiscard]] virtual std::unique_ptr<SavedVariableHooks> hooks() = 0;
};

// `saving` is asked, in place of the one that was asked before, for this thread's operators until destruction.
class SavingScope {
 public:
  explicit SavingScope(Saving& saving);
  ~SavingScope();
  SavingScope(const SavingScope&) = delete;
  SavingScope& operator=(const SavingScope&) = delete;

 private:
  Saving* before_;
};

}  // namespace fts::calls
