// Modules and schedules of the runtime's benchmarks.
#pragma once
#include <torch/torch.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/plan/plan.hpp"
#include "runtime/session/session.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts::bench {

// Four layers, 256 wide.
struct MlpImpl : torch::nn::Module {
  torch::nn::Linear fc1{register_module("fc1", torch::nn::Linear(256, 256))};
  torch::nn::Linear fc2{register_module("fc2", torch::nn::Linear(256, 256))};
  torch::nn::Linear fc3{register_module("fc3", torch::nn::Linear(256, 256))};
  torch::nn::Linear head{register_module("head", torch::nn::Linear(256, 256))};
  torch::Tensor forward(const torch::Tensor& x) {
    return head(torch::relu(fc3(torch::relu(fc2(torch::relu(fc1(x)))))));
  }
};
TORCH_MODULE(Mlp);

// The tensors of the decoder of decoder.py: 20.3 million parameters. Without a forward: what is measured is not its.
struct DecoderImpl : torch::nn::Module {
  DecoderImpl() {
    register_module("embed", torch::nn::Embedding(8000, 384));
    torch::nn::ModuleList layers;
    for (int i = 0; i < 8; ++i) layers->push_back(layer());
    register_module("layers", layers);
    register_parameter("norm", torch::ones({384}));
    register_module("head", torch::nn::Linear(torch::nn::LinearOptions(384, 8000).bias(false)));
  }

  static torch::nn::Sequential layer() {
    torch::nn::Sequential all;
    const auto linear = [&](const char* name, int in, int out) {
      all->push_back(name, torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false)));
    };
    for (const auto* name : {"q", "k", "v", "o"}) linear(name, 384, 384);
    linear("gate", 384, 1024), linear("up", 384, 1024), linear("down", 1024, 384);
    return all;
  }
};
TORCH_MODULE(Decoder);

inline Session open_session(torch::nn::Module& module, plan::Plan plan) {
  Options options;
  options.progress = false;
  auto session = Session::open(module, std::move(plan), options);
  if (session) return std::move(*session);
  std::fputs(session.error().text().c_str(), stderr);
  std::abort();
}

inline void add_optimizer(plan::Plan& plan) {
  plan.schedule.phases.front().optimizer = plan::Spec{"adamw", {{"lr", 1e-4}, {"weight_decay", 0.01}}};
}

// All of the module that its program lets train.
inline plan::Plan one_phase(const torch::nn::Module& module) {
  auto plan = test::plan_for(module);
  auto& phase = test::add_phase(plan, "", 1e-4, test::epochs(1));
  phase.name = phase.groups.front().name = "all";
  std::vector<std::uint32_t> thaw;
  const auto parameters = module.named_parameters();
  for (const auto position : phase.thaw) {
    if (parameters[plan.parameters[position].name].requires_grad()) thaw.push_back(position);
  }
  phase.thaw = phase.groups.front().parameters = thaw;
  add_optimizer(plan);
  return plan;
}

// The decoder's: head and norm, then the upper half, then the rest; each for `epochs` epochs.
inline plan::Plan three_phases(const torch::nn::Module& module, int epochs, bool restore_best) {
  auto plan = test::plan_for(module);
  const std::vector<std::vector<std::string>> prefixes = {{"head", "norm"},
                                                          {"layers.4", "layers.5", "layers.6", "layers.7"},
                                                          {"layers.0", "layers.1", "layers.2", "layers.3", "embed"}};
  for (const auto& of_phase : prefixes) {
    auto& phase = test::add_phase(plan, of_phase.front(), 1e-4, test::epochs(epochs));
    for (const auto& prefix : of_phase) {
      const auto more = test::under(plan, prefix);
      phase.thaw.insert(phase.thaw.end(), more.begin(), more.end());
    }
    std::sort(phase.thaw.begin(), phase.thaw.end());
    phase.thaw.erase(std::unique(phase.thaw.begin(), phase.thaw.end()), phase.thaw.end());
    phase.groups.front().parameters = phase.thaw;
  }
  add_optimizer(plan);
  plan.schedule.restore_best = restore_best;
  plan.schedule.monitor = plan::Monitor{"val_loss"};
  plan.schedule.max_epochs = 3 * epochs;
  return plan;
}

}  // namespace fts::bench
