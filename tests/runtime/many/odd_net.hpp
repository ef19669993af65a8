// A model of odd sizes, so that nothing divides by the ranks, and a run of it through three phases with validation.
#pragma once
#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/call/call.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/session/session.hpp"
#include "tests/runtime/many/recorded_run.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts::test {

// An embedding that is the output's weight too, a layer that is used twice, one that is never used.
struct OddNetImpl : torch::nn::Module {
  OddNetImpl() {
    torch::manual_seed(7);
    embed = register_module("embed", torch::nn::Embedding(11, 5));
    norm = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({5})));
    up = register_module("up", torch::nn::Linear(5, 7));
    middle = register_module("middle", torch::nn::Linear(7, 7));
    down = register_module("down", torch::nn::Linear(7, 5));
    idle = register_module("idle", torch::nn::Linear(3, 3));
    head = register_parameter("head", embed->weight);
    to(torch::kDouble);
    embed->weight.set_data(embed->weight.to(torch::kDouble));
    middle->weight.set_data(middle->weight.t().contiguous().t());  // dense, but in another order
  }
  torch::Tensor forward(const torch::Tensor& tokens) {
    auto x = call(norm, call(embed, tokens));
    for (auto* layer : {&up, &middle, &middle, &down}) x = torch::tanh(call(*layer, x));
    return torch::matmul(x, head.t());
  }
  torch::nn::Embedding embed{nullptr};
  torch::nn::LayerNorm norm{nullptr};
  torch::nn::Linear up{nullptr}, middle{nullptr}, down{nullptr}, idle{nullptr};
  torch::Tensor head;
};
TORCH_MODULE(OddNet);

inline torch::Tensor odd_batch(int seed) {
  const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  return torch::randint(0, 11, {12, 3}, generator);
}

inline torch::Tensor odd_loss(OddNet& net, const torch::Tensor& tokens) {
  return torch::nn::functional::cross_entropy(call(net, tokens).reshape({-1, 11}), tokens.reshape({-1}));
}

// down; then the middle and the norm; then the embedding and what is never used. `up` stays frozen.
inline plan::Plan odd_plan(const OddNet& net) {
  auto plan = plan_for(*net);
  plan.schedule.monitor = plateau("val_loss", 3).monitor;
  add_phase(plan, "down", 0.02, epoch(3));
  add_phase(plan, "middle", 0.01, epochs(3));
  add_phase(plan, "embed", 0.005, plateau("val_loss", 3));
  const auto join = [&](std::size_t phase, const std::string& prefix) {
    for (const auto p : under(plan, prefix)) {
      plan.schedule.phases[phase].thaw.push_back(p);
      if (!plan.parameters[p].tied_to) plan.schedule.phases[phase].groups.front().parameters.push_back(p);
    }
    std::sort(plan.schedule.phases[phase].thaw.begin(), plan.schedule.phases[phase].thaw.end());
    auto& group = plan.schedule.phases[phase].groups.front().parameters;
    std::sort(group.begin(), group.end());
  };
  join(1, "norm");
  join(2, "idle");
  join(2, "head");
  plan.schedule.phases.front().optimizer = plan::Spec{"adamw", {{"lr", 0.02}, {"weight_decay", 0.01}}};
  plan.schedule.max_epochs = 9;
  return plan;
}

// A unit of the plan's first strategy: the parameters whose names begin so, each tensor once.
inline plan::Unit& add_unit(plan::Plan& plan, const std::vector<std::string>& prefixes) {
  plan::Unit unit{prefixes.front(), {}, nlohmann::json::object()};
  for (const auto& prefix : prefixes) {
    for (const auto p : under(plan, prefix)) {
      if (!plan.parameters[p].tied_to) unit.parameters.push_back(p);
    }
  }
  std::sort(unit.parameters.begin(), unit.parameters.end());
  return plan.strategies.front().units.emplace_back(std::move(unit));
}

// Options of a run in these processes, which outlive it.
inline Options with(World& world) {
  Options options;
  options.world = std::shared_ptr<World>(std::shared_ptr<World>(), &world);
  return options;
}

// 54 batches of 12 rows in 9 epochs; `rank` of `ranks` trains every ranks-th row.
inline RecordedRun train_odd(OddNet& net, plan::Plan plan, Options options, int rank, int ranks,
                             const std::function<void(Session&, int batch)>& after_batch = {}) {
  options.progress = false;
  return record_run(*net, Session::open(*net, std::move(plan), options),
                    {.loss = [&](int seed) { return odd_loss(net, share_of(odd_batch(seed), rank, ranks)); },
                     .validation = [&] { return odd_loss(net, odd_batch(1000)); },
                     .after_batch = after_batch});
}

}  // namespace fts::test
