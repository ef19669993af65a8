// A step of AdamW over 20.3 million parameters on one thread, ours and LibTorch's, taking turns.
#include <algorithm>
#include <chrono>

#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include "runtime/optim/optimizer.hpp"
#include "tests/bench/bench_support.hpp"

namespace {

using namespace fts::bench;  // NOLINT: what the benchmarks share

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void adamw(benchmark::State& state) {
  torch::set_num_threads(1);
  torch::manual_seed(0);
  Decoder a, b;
  for (auto& p : a->parameters()) p.mutable_grad() = torch::randn_like(p);
  for (auto& p : b->parameters()) p.mutable_grad() = torch::randn_like(p);
  auto ours = *fts::optim::make_optimizer({"adamw", {{"lr", 1e-4}}});
  std::vector<std::uint32_t> positions(a->parameters().size());
  for (std::uint32_t i = 0; i < positions.size(); ++i) positions[i] = i;
  if (!ours->add_group({"all", positions, a->parameters(), {{"lr", 1e-4}}})) state.SkipWithError("no group");
  torch::optim::AdamW theirs(b->parameters(), torch::optim::AdamWOptions(1e-4));
  ours->step(), theirs.step();
  std::vector<double> our_times, their_times;
  for (auto _ : state) {
    our_times.push_back(seconds([&] { ours->step(); }));
    their_times.push_back(seconds([&] { theirs.step(); }));
  }
  const auto least = [](const auto& times) { return 1e3 * *std::min_element(times.begin(), times.end()); };
  state.counters["ours_ms"] = least(our_times);
  state.counters["libtorch_ms"] = least(their_times);
  state.counters["times_as_fast"] = least(their_times) / least(our_times);
}
BENCHMARK(adamw)->Unit(benchmark::kMillisecond)->Iterations(15);

}  // namespace
