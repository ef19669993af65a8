// The run's side of an adapter: what the hooks do by default, on a module in this process.
#pragma once
#include <functional>
#include <optional>
#include <unordered_map>

#include "runtime/adapters/adapter.hpp"
#include "runtime/bind/bind.hpp"
#include "runtime/bind/weights.hpp"

namespace fts {

class ConnectedSession final : public SessionHandle {
 public:
  // All of it outlives this one. The strategy's `renames` ([[position, the module's name], …]) say which of the plan's
  // names are an adapter's own.
  ConnectedSession(torch::nn::Module& module, const plan::Plan& plan, const plan::Strategy& strategy,
                   std::shared_ptr<World> world, std::function<void(Diagnostic)> warn);

  torch::nn::Module& module() override { return module_; }
  const plan::Plan& plan() const override { return plan_; }
  const plan::Strategy& strategy() const override { return strategy_; }
  std::shared_ptr<World> world() override { return world_; }
  const bind::Weights* weights() const override { return weights_ ? &*weights_ : nullptr; }
  void load_weights() override;
  void warn(std::string message, std::string help) override;
  Names names(const std::vector<std::uint32_t>& positions) const override;
  Names to_model(const Names& names) const override;
  Names to_schedule(const Names& names) const override;
  NamedParameters named_parameters() const override;
  tl::expected<ScheduleLimits, Error> validate_ft_sched(const NamedParameters& named) override;
  Thawed base_ft_phase(const Names& thaw, bool init_thaw) override;
  void freeze(const Names& names) override;
  at::Tensor parameter(const std::string& name) const override;
  at::Tensor gradient_norm(const optim::Optimizer& optimizer) const override;
  OptimizerState optimizer_state(const optim::Optimizer& optimizer) const override { return optimizer.state(); }
  bool load_optimizer_state_dict(optim::Optimizer& optimizer, const OptimizerState& state) override {
    return optimizer.load_state(state);
  }

  // The plan's parameters, bound to those that the adapter names: by its validation, or now. FTS1001.
  [[nodiscard]] tl::expected<bind::Bound, Error> bound(Adapter& adapter);
  // The module's own names of its tensors; of a tied one the first.
  [[nodiscard]] Names own_names(const std::vector<at::Tensor>& tensors) const;
  void freeze_all();
  void set_weights(std::optional<bind::Weights> weights) { weights_ = std::move(weights); }

 private:
  torch::nn::Module& module_;
  const plan::Plan& plan_;
  const plan::Strategy& strategy_;
  std::shared_ptr<World> world_;
  std::function<void(Diagnostic)> warn_;
  std::vector<bind::NamedTensor> own_;  // the module's own names
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::optional<bind::Bound> bound_;
  std::optional<bind::Weights> weights_;
  std::unordered_map<std::string, std::string> to_model_, to_schedule_;  // where the two differ
};

// Whether the adapter's transforms fit every group of the plan. FTS1104: it gives names that nothing is called, not one
// for each, or others on the way back.
[[nodiscard]] tl::expected<void, Error> check_transforms(Adapter& adapter, const SessionHandle& session);

}  // namespace fts
