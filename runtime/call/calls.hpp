// What a strategy has to say at the calls of modules: whose activations are not kept (act_ckpt), and in what dtypes
// inputs and outputs pass (mp_policy, mixed_precision).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/call/call.hpp"
#include "runtime/call/frame.hpp"

namespace fts::calls {

// The three modes of act_ckpt differ in what PyTorch does to the module, which nothing is done to here: `composable`
// and `wrapped` are one, and `wrapped_offload` keeps the inputs in the CPU's memory as well. `use_reentrant` is carried
// out like its opposite, which gives the same gradients and more (those of a module whose inputs need none).
class Calls final : public Boundary {
 public:
  // Null where the strategy asks for none. One at a time in a process; `root` outlives it.
  [[nodiscard]] static std::unique_ptr<Calls> of(const plan::Strategy& strategy, const torch::nn::Module& root);
  ~Calls() override;
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  bool concerns(const torch::nn::Module& layer) override;
  at::Tensor input(const torch::nn::Module& layer, const at::Tensor& tensor) override;
  at::Tensor output(const torch::nn::Module& layer, const at::Tensor& tensor) override;
  std::unique_ptr<Scope> enter(const torch::nn::Module& layer, const std::vector<at::Tensor>& inputs,
                               Again again) override;

  // The modules that need a call (for act_ckpt or output_dtype) and have had none, as the plan has them.
  [[nodiscard]] std::vector<std::string> never_called() const;

 private:
  struct Asked {
    std::string module;
    std::optional<CheckpointSettings> checkpoint;
    std::optional<at::ScalarType> input_dtype, output_dtype;
    bool called = false;
    [[nodiscard]] bool needs_call() const { return checkpoint || output_dtype; }
  };
  Calls(std::unordered_map<const torch::nn::Module*, Asked> asked, std::vector<std::string> absent);

  std::unordered_map<const torch::nn::Module*, Asked> asked_;
  std::vector<std::string> absent_;  // the plan's names are an adapter's own
};

}  // namespace fts::calls
