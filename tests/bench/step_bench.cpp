// A training step through a session beside the same loop by hand, with the same optimizer kernel. The two take turns,
// so that what else the machine does falls on both; `overhead_percent` is the median over the pairs.
#include <algorithm>
#include <chrono>
#include <functional>

#include <ATen/ops/_fused_adamw.h>
#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include "examples/minilm_sections/bert.hpp"
#include "tests/bench/bench_support.hpp"

namespace {

using namespace fts::bench;  // NOLINT: what the benchmarks share

using Loss = std::function<torch::Tensor()>;

// Backward, fused AdamW and dropping of gradients: all that a step is without a session.
class ByHand {
 public:
  explicit ByHand(torch::nn::Module& module) {
    for (auto& p : module.parameters()) {
      if (!p.requires_grad()) continue;
      parameters_.push_back(p);
      first_.push_back(torch::zeros_like(p));
      second_.push_back(torch::zeros_like(p));
      steps_.push_back(torch::zeros({}));
    }
  }

  void step(const torch::Tensor& loss) {
    loss.backward();
    const torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> gradients;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      gradients.push_back(parameters_[i].grad());
      *steps_[i].data_ptr<float>() += 1;
    }
    at::_fused_adamw_(parameters_, gradients, first_, second_, {}, steps_, 1e-4, 0.9, 0.999, 0.01, 1e-8, false, false);
    for (auto& p : parameters_) p.mutable_grad().reset();
  }

 private:
  std::vector<torch::Tensor> parameters_, first_, second_, steps_;
};

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Pairs of `steps` steps each; both models are made alike and see the same batch.
void compare(benchmark::State& state, torch::nn::Module& by_hand, const Loss& hand_loss, torch::nn::Module& in_session,
             const Loss& session_loss, int steps) {
  torch::set_num_threads(1);
  ByHand hand(by_hand);
  auto session = open_session(in_session, one_phase(in_session));
  auto epochs = session.epochs();
  auto epoch = epochs.begin();
  std::vector<double> ratios, hand_times;
  const auto run_hand = [&] {
    return seconds([&] {
      for (int i = 0; i < steps; ++i) hand.step(hand_loss());
    });
  };
  const auto run_session = [&] {
    return seconds([&] {
      for (int i = 0; i < steps; ++i) session.step(session_loss());
    });
  };
  run_hand(), run_session();
  for (auto _ : state) {
    const bool hand_first = ratios.size() % 2 == 0;  // neither profits from the other's caches alone
    const double first = hand_first ? run_hand() : run_session();
    const double second = hand_first ? run_session() : run_hand();
    hand_times.push_back((hand_first ? first : second) / steps);
    ratios.push_back(hand_first ? second / first : first / second);
  }
  benchmark::DoNotOptimize(epoch);
  state.counters["by_hand_us"] = 1e6 * median(hand_times);
  state.counters["overhead_percent"] = 100 * (median(ratios) - 1);
}

void step_of_an_mlp(benchmark::State& state) {
  torch::manual_seed(0);
  Mlp a, b;
  const auto x = torch::randn({64, 256}), y = torch::randint(0, 256, {64});
  compare(
      state, *a, [&] { return torch::cross_entropy_loss(a(x), y); }, *b,
      [&] { return torch::cross_entropy_loss(b(x), y); }, 20);
}
BENCHMARK(step_of_an_mlp)->Unit(benchmark::kMillisecond)->Iterations(60);

void step_of_minilm(benchmark::State& state) {
  torch::manual_seed(0);
  minilm::SectionClassifier a(24), b(24);
  const auto ids = torch::randint(0, 30000, {8, 24}), mask = torch::ones({8, 24}, torch::kLong);
  const auto y = torch::randint(0, 24, {8});
  compare(
      state, *a, [&] { return torch::cross_entropy_loss(a(ids, mask), y); }, *b,
      [&] { return torch::cross_entropy_loss(b(ids, mask), y); }, 1);
}
BENCHMARK(step_of_minilm)->Unit(benchmark::kMillisecond)->Iterations(31);

}  // namespace
