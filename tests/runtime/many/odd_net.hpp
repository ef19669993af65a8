// A model of odd sizes, so that nothing divides by the ranks, and a run of it through three phases with validation.
#pragma once
#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/comm/world.hpp"
#include "runtime/call/call.hpp"
#include "runtime/session/session.hpp"
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

struct OddRun {
  std::vector<double> losses;  // of this process' batches, a step each
  std::vector<double> validation;
  std::vector<torch::Tensor> weights;
  Result result;
};

// 54 batches of 12 rows in 9 epochs; `rank` of `ranks` trains every ranks-th row.
inline OddRun train_odd(OddNet& net, plan::Plan plan, Options options, int rank, int ranks,
                        const std::function<void(Session&, int batch)>& after_batch = {}) {
  OddRun run;
  options.progress = false;
  auto session = Session::open(*net, std::move(plan), options);
  if (!session) throw std::runtime_error(session.error().text());
  int seen = 0;
  for (auto& epoch : session->epochs()) {
    for (auto i = epoch.start_step(); i < 6; ++i) {
      const auto batch = odd_batch(static_cast<int>(epoch.index() * 6 + i));
      const auto loss = odd_loss(net, batch.index({torch::indexing::Slice(rank, torch::indexing::None, ranks)}));
      run.losses.push_back(loss.item<double>());
      session->step(loss);
      if (after_batch) after_batch(*session, ++seen);
      if (session->broken_off()) break;
    }
    const torch::NoGradGuard no_grad;
    if (session->broken_off()) break;
    run.validation.push_back(odd_loss(net, odd_batch(1000)).item<double>());
    epoch.finish({{"val_loss", run.validation.back()}});
  }
  auto result = session->result();
  if (!result) throw std::runtime_error(result.error().text());
  run.result = std::move(*result);
  for (const auto& p : net->parameters()) run.weights.push_back(p.detach().clone());
  return run;
}

}  // namespace fts::test
