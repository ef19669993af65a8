// The dynamic half of a strategy adapter: where a strategy joins a run. The hooks have the names that the Python
// Fine-Tuning Scheduler documents for its strategy adapters, and are called at the same places and in the same order
// (docs/FTS_PARITY.md). Everything stands in this header, so that a plugin links nothing.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/adapters/session_handle.hpp"

namespace fts {

class Adapter {
 public:
  virtual ~Adapter() = default;

  // Called once, before every other hook; the handle outlives the adapter. An error ends the opening of the session.
  [[nodiscard]] virtual tl::expected<void, Error> connect(SessionHandle& session) {
    session_ = &session;
    return {};
  }

  // Where Options::weights are given, before anything else: by default the module gets them whole.
  virtual void load_weights() { session().load_weights(); }

  // Before and after the schedule meets the model. All parameters are frozen before; after, phase 0 is thawed.
  virtual void on_before_init_fts() {}
  virtual void on_after_init_fts() {
    exec_ft_phase(fts_optim_transform(session().names(session().plan().schedule.phases.front().thaw)), true);
  }
  // Before the first epoch, once optimizer and rates stand and a resumed run has its state back.
  virtual void on_before_fts_fit_start() {}
  // Before the metric that says what is best is looked at for the first time.
  virtual void on_validate_monitor_metric(const std::string& /*monitor*/) {}

  // The parameters that schedules may name. By default the module's own, in the scheme of the adapter's schema.
  [[nodiscard]] virtual NamedParameters get_named_params_for_schedule_validation() {
    return session().named_parameters();
  }
  // Holds the schedule against the model. By default every difference from those named parameters is FTS1001.
  [[nodiscard]] virtual tl::expected<ScheduleLimits, Error> validate_ft_sched() {
    return session().validate_ft_sched(get_named_params_for_schedule_validation());
  }
  // The phases of a schedule that was written without any; `by_default` are the compiler's (two parameters a phase,
  // the last first). What comes back must keep the rules of a plan.
  [[nodiscard]] virtual std::vector<plan::Phase> gen_ft_schedule(std::vector<plan::Phase> by_default) {
    return by_default;
  }

  // The names that the optimizer knows these parameters by. With `inspect_only` nothing may change.
  [[nodiscard]] virtual Names fts_optim_transform(const Names& names, bool /*inspect_only*/ = false) {
    return session().to_model(names);
  }
  [[nodiscard]] Names fts_optim_inspect(const Names& names) { return fts_optim_transform(names, true); }
  // What fts_optim_transform does to the parameters of sharded units.
  [[nodiscard]] virtual Names fsdp_param_transform(const Names& names, bool /*inspect_only*/) { return names; }
  // The reverse: names as schedules have them.
  [[nodiscard]] virtual Names logical_param_translation(const Names& names) { return session().to_schedule(names); }
  // The tensor of a name that fts_optim_transform gave.
  [[nodiscard]] virtual at::Tensor optimizer_parameter(const std::string& name) { return session().parameter(name); }
  // The tensors that the optimizer is given for these plan positions.
  [[nodiscard]] std::vector<at::Tensor> optimizer_parameters(const std::vector<std::uint32_t>& positions) {
    std::vector<at::Tensor> tensors;
    for (const auto& name : fts_optim_inspect(session().names(positions))) tensors.push_back(optimizer_parameter(name));
    return tensors;
  }

  // A program's own optimizer trained something else than phase 0, and has been given the groups of phase 0 alone.
  virtual void phase0_optimizer_override() {}

  // Thaws these parameters (in the optimizer's names); base_ft_phase unless replaced. `init_thaw`: phase 0.
  virtual Thawed exec_ft_phase(const Names& thaw, bool init_thaw) { return base_ft_phase(thaw, init_thaw); }
  // Freezes them: they lose their gradients, so that they count in no norm and take no step.
  virtual void freeze(const Names& names) { session().freeze(names); }

  // ---- several processes. By default there is one, and it keeps the module as it is.

  // Backward of a batch's loss (undefined: none; what accumulated is reduced). `reduces`: the batch is the last one of
  // an optimizer step; gradients are then the mean over the ranks. `stop`: this rank wants to stop; whether some rank
  // does.
  virtual bool backward(const at::Tensor& loss, bool /*reduces*/, bool stop) {
    if (loss.defined()) loss.backward();
    return stop;
  }
  // The norm of all gradients, over all ranks, for clipping; undefined: there are none.
  [[nodiscard]] virtual at::Tensor gradient_norm(const optim::Optimizer& optimizer) {
    return session().gradient_norm(optimizer);
  }
  // What this rank keeps of a plan position's parameter, which the optimizer steps and a snapshot copies.
  [[nodiscard]] virtual at::Tensor local(std::uint32_t position) {
    return optimizer_parameter(fts_optim_inspect(session().names({position})).front());
  }
  // How many ranks, one after the other, work on the same batch (tensor parallel).
  [[nodiscard]] virtual int ranks_with_one_batch() const { return 1; }
  // From what each rank keeps to the whole, on every rank (a collective), and from the whole to this rank's.
  [[nodiscard]] virtual at::Tensor whole(std::uint32_t /*position*/, const at::Tensor& local) { return local; }
  [[nodiscard]] virtual at::Tensor part_of(std::uint32_t /*position*/, const at::Tensor& whole) { return whole; }
  // After the last epoch: the module has its whole weights again.
  virtual void teardown() {}

  // Around the return to the best of a phase: the model's tensors before they are copied into it, of which the adapter
  // may put others in their place (their own memory is not to be written to); and before optimizer and rates.
  virtual void before_restore_model(StateDict& /*model*/) {}
  virtual void on_before_restore_optimizers_and_lrs() {}
  // Whether the run restores the optimizer itself (FTS: lightning_restore_optimizer).
  [[nodiscard]] virtual bool restore_optimizer() const { return true; }

  // The optimizer's whole state of the plan positions that this rank wants (a collective). And the reverse: false if it
  // does not fit.
  using Wanted = std::function<bool(std::uint32_t position)>;
  [[nodiscard]] virtual OptimizerState optimizer_state(const optim::Optimizer& optimizer, const Wanted& wanted) {
    auto state = session().optimizer_state(optimizer);
    std::erase_if(state, [&](const auto& s) { return !wanted(s.position); });
    return state;
  }
  [[nodiscard]] virtual bool load_optimizer_state_dict(optim::Optimizer& optimizer, const OptimizerState& state) {
    return session().load_optimizer_state_dict(optimizer, state);
  }
  [[nodiscard]] virtual bool using_sharded_optimizer() const { return false; }

 protected:
  Thawed base_ft_phase(const Names& thaw, bool init_thaw) { return session().base_ft_phase(thaw, init_thaw); }
  [[nodiscard]] SessionHandle& session() const { return *session_; }
  [[nodiscard]] torch::nn::Module& module() const { return session().module(); }
  [[nodiscard]] const plan::Strategy& strategy() const { return session().strategy(); }

 private:
  SessionHandle* session_ = nullptr;
};

}  // namespace fts
