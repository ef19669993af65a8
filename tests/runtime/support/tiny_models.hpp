// Small modules and plans for them.
#pragma once
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/bind/module_parameters.hpp"
#include "tests/runtime/support/conditions.hpp"

namespace fts::test {

// 8 -> 16 -> 16 -> 4, with a dropout that makes every step depend on the random generator.
struct MlpImpl : torch::nn::Module {
  explicit MlpImpl(double dropout = 0.0) : drop(dropout) {
    fc1 = register_module("fc1", torch::nn::Linear(8, 16));
    fc2 = register_module("fc2", torch::nn::Linear(16, 16));
    head = register_module("head", torch::nn::Linear(16, 4));
    register_module("drop", drop);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(fc1(x));
    return head(drop(torch::relu(fc2(x))));
  }
  torch::nn::Linear fc1{nullptr}, fc2{nullptr}, head{nullptr};
  torch::nn::Dropout drop;
};
TORCH_MODULE(Mlp);

// An embedding whose weight is the output's too, and a batch norm between.
struct TiedImpl : torch::nn::Module {
  TiedImpl() {
    emb = register_module("emb", torch::nn::Embedding(8, 6));
    norm = register_module("norm", torch::nn::BatchNorm1d(6));
    mid = register_module("mid", torch::nn::Linear(6, 6));
    out = register_parameter("out_weight", emb->weight);
  }
  torch::Tensor forward(const torch::Tensor& ids) { return torch::matmul(torch::relu(mid(norm(emb(ids)))), out.t()); }
  torch::nn::Embedding emb{nullptr};
  torch::nn::BatchNorm1d norm{nullptr};
  torch::nn::Linear mid{nullptr};
  torch::Tensor out;
};
TORCH_MODULE(Tied);

// The parameters of a module as a plan has them; hashes are any.
inline plan::Plan plan_for(const torch::nn::Module& module) {
  plan::Plan plan;
  plan.model = "test";
  plan.graph_fingerprint = std::string(32, '0');
  plan.source_hash = std::string(32, '0');
  for (const auto& p : bind::parameters_of(module)) {
    plan::Parameter parameter;
    parameter.name = p.name;
    parameter.shape = p.tensor.sizes().vec();
    parameter.dtype = bind::dtype_of(p.tensor);
    parameter.tied_to = p.tied_to;
    plan.parameters.push_back(std::move(parameter));
  }
  plan.strategies.push_back({"base", "base", nlohmann::json::object()});
  return plan;
}

// Positions of the parameters whose names begin so.
inline std::vector<std::uint32_t> under(const plan::Plan& plan, const std::string& prefix) {
  std::vector<std::uint32_t> positions;
  for (std::uint32_t i = 0; i < plan.parameters.size(); ++i) {
    if (plan.parameters[i].name.starts_with(prefix)) positions.push_back(i);
  }
  return positions;
}

// Adds a phase that thaws what begins with `prefix` in one group.
inline plan::Phase& add_phase(plan::Plan& plan, const std::string& prefix, double lr, plan::Condition until) {
  plan::Phase phase;
  phase.depth = static_cast<int>(plan.schedule.phases.size());
  phase.name = prefix;
  phase.thaw = under(plan, prefix);
  plan::Group group{prefix, {}, {{"lr", lr}, {"weight_decay", 0.01}}};
  for (const auto position : phase.thaw) {
    if (!plan.parameters[position].tied_to) group.parameters.push_back(position);
  }
  phase.groups.push_back(std::move(group));
  phase.until = std::move(until);
  plan.schedule.max_depth = phase.depth;
  plan.schedule.phases.push_back(std::move(phase));
  return plan.schedule.phases.back();
}

// head, then fc2, then fc1; val_loss is watched.
inline plan::Plan three_phases(const torch::nn::Module& module, const std::string& optimizer = "adamw") {
  auto plan = plan_for(module);
  plan.schedule.monitor = plateau("val_loss", 2).monitor;
  add_phase(plan, "head", 0.02, any({plateau("val_loss", 2), epoch(3)}));
  add_phase(plan, "fc2", 0.01, epochs(2));
  add_phase(plan, "fc1", 0.005, plateau("val_loss", 2));
  auto& first = plan.schedule.phases.front();
  first.optimizer = plan::Spec{optimizer, {{"lr", 0.02}, {"weight_decay", 0.01}}};
  first.lr_scheduler = plan::Spec{"linear", {{"start_factor", 0.5}, {"total_iters", 3}}};
  plan.schedule.max_epochs = 9;
  return plan;
}

// A folder of its own for each test, empty.
inline std::string fresh_folder(const std::string& name) {
  const auto path = std::filesystem::temp_directory_path() / ("fts-test-" + std::to_string(::getpid())) / name;
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path.string();
}

}  // namespace fts::test
