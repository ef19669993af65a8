// The dynamic half of a strategy adapter: where a strategy joins a run. The hooks have the names that the Python
// Fine-Tuning Scheduler documents for its strategy adapters, and are called at the same places.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace torch::nn {
class Module;
}

namespace fts {

// The run that an adapter serves; everything outlives the adapter.
struct AdapterContext {
  torch::nn::Module& module;
  const plan::Plan& plan;
  const plan::Strategy& strategy;
  const std::vector<at::Tensor>& parameters;  // the module's own, by position in Plan::parameters
};

// Positions in Plan::parameters, ascending; a tied tensor stands under each of its names.
struct ThawedParameters {
  std::vector<std::uint32_t> newly;
  std::vector<std::uint32_t> all;
};

class Adapter {
 public:
  virtual ~Adapter() = default;

  // Called once, before every other hook. What the strategy's settings ask for and the adapter cannot do is FTS1002.
  [[nodiscard]] virtual tl::expected<void, Error> connect(const AdapterContext& context);

  // Before and after the schedule meets the model: parameters are frozen and phase 0 is thawed between the two.
  virtual void on_before_init_fts() {}
  virtual void on_after_init_fts() {}
  // Before the first epoch, once optimizer and rates stand (and a resumed run has its state back).
  virtual void on_before_fts_fit_start() {}

  // The tensors that the optimizer is given for these parameters (the parameters themselves, or what stands for them).
  // With `inspect_only` nothing may change.
  [[nodiscard]] virtual std::vector<at::Tensor> fts_optim_transform(const std::vector<std::uint32_t>& positions,
                                                                    bool inspect_only);

  // Carries out a phase on the model: thaws `phase.thaw` and freezes `phase.freeze`. base_ft_phase by default.
  // `init_thaw`: the first phase, before the run; everything else is frozen then.
  virtual ThawedParameters exec_ft_phase(const plan::Phase& phase, bool init_thaw) {
    return base_ft_phase(phase, init_thaw);
  }

  // Around the return to the best of a phase: before the weights, and before optimizer and rates.
  virtual void before_restore_model() {}
  virtual void on_before_restore_optimizers_and_lrs() {}
  // Whether the run restores the optimizer itself.
  [[nodiscard]] virtual bool restore_optimizer() const { return true; }

 protected:
  // requires_grad by the phase; what is frozen loses its gradient, so that it counts in no norm and takes no step.
  ThawedParameters base_ft_phase(const plan::Phase& phase, bool init_thaw);
  [[nodiscard]] const AdapterContext& context() const { return *context_; }

 private:
  std::unique_ptr<const AdapterContext> context_;
};

// The adapter of that name ("base"), or FTS1002 with the names that there are.
[[nodiscard]] tl::expected<std::unique_ptr<Adapter>, Error> make_adapter(std::string_view name);

}  // namespace fts
