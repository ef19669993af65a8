// The loop of a program, over random data that is the same in every test.
#pragma once
#include <torch/torch.h>

#include <functional>
#include <string>
#include <vector>

#include "runtime/session/session.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts::test {

struct Batch {
  torch::Tensor data;
  torch::Tensor target;
};

inline std::vector<Batch> batches(int count = 4) {
  const auto generator = at::detail::createCPUGenerator(99);
  std::vector<Batch> all;
  for (int i = 0; i < count; ++i) {
    all.push_back({torch::randn({8, 8}, generator), torch::randint(0, 4, {8}, generator)});
  }
  return all;
}

inline Options quiet(Options options = {}) {
  options.progress = false;
  return options;
}

// Remembers what a session tells, a line an event.
struct Recorder : Observer {
  std::vector<std::string> lines;
  std::vector<double> rates;
  void on_plan(const PlanEvent& e) override {
    lines.push_back("plan " + std::to_string(e.trained) + "/" + std::to_string(e.total));
  }
  void on_step(const StepEvent& e) override { rates.push_back(e.lr); }
  void on_epoch(const EpochEvent& e) override {
    lines.push_back("epoch " + std::to_string(e.epoch) + " phase " + e.phase.name + (e.best ? " best" : ""));
  }
  void on_phase_move(const MoveEvent& e) override {
    lines.push_back("move to " + e.to.name + ": " + e.reason +
                    (e.restored ? "; back to " + std::to_string(*e.restored) : ""));
  }
  void on_warning(const Diagnostic& d) override { lines.push_back("warning " + std::string(info(d.code).id)); }
  void on_end(const EndEvent& e) override {
    lines.push_back("end: " + e.reason + (e.restored ? "; back to " + std::to_string(*e.restored) : ""));
  }
};

// Trains until the session ends. `losses` are the val_loss of each epoch (the last one goes on for ever); none: the
// real one over the training data.
inline void train(
    Session& session, Mlp& model, const std::vector<double>& losses = {},
    const std::function<void(Epoch&)>& at_epoch = [](Epoch&) {}) {
  const auto data = batches();
  for (auto& epoch : session.epochs()) {
    at_epoch(epoch);
    model->train();
    for (const auto& batch : epoch.shard(data)) {
      session.step(torch::cross_entropy_loss(model(batch.data), batch.target));
    }
    model->eval();
    double loss = 0;
    if (losses.empty()) {
      const torch::NoGradGuard no_grad;
      for (const auto& batch : data) loss += torch::cross_entropy_loss(model(batch.data), batch.target).item<double>();
    } else {
      loss = losses[std::min(static_cast<std::size_t>(epoch.index()), losses.size() - 1)];
    }
    epoch.finish({{"val_loss", loss}});
  }
}

inline Mlp seeded_mlp(double dropout = 0.0) {
  torch::manual_seed(5);
  return Mlp(dropout);
}

inline std::vector<torch::Tensor> weights(const torch::nn::Module& module) {
  std::vector<torch::Tensor> all;
  for (const auto& p : module.parameters()) all.push_back(p.detach().clone());
  return all;
}

inline bool same(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!torch::equal(a[i], b[i])) return false;
  }
  return a.size() == b.size();
}

}  // namespace fts::test
