// From the end of a phase's last step to the start of the next one's first, over 20.3 million parameters in three
// phases: the program's report of the epoch, the decision, the return to the best, and the thawing.
#include <chrono>

#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include "tests/bench/bench_support.hpp"

namespace {

using namespace fts::bench;  // NOLINT: what the benchmarks share

torch::Tensor loss_of(Decoder& model) {
  auto loss = torch::zeros({});
  for (const auto& p : model->parameters()) {
    if (p.requires_grad()) loss = loss + p.flatten().slice(0, 0, 1).sum();
  }
  return loss;
}

// Two epochs a phase, of two steps each. The second is worse where the move has to go back.
void moves(benchmark::State& state, bool restore_best, bool back) {
  torch::set_num_threads(1);
  double worst[2] = {0, 0};
  for (auto _ : state) {
    Decoder model;
    auto session = open_session(*model, three_phases(*model, 2, restore_best));
    std::chrono::steady_clock::time_point end;
    int depth = 0;
    for (auto& epoch : session.epochs()) {
      for (int i = 0; i < 2; ++i) {
        const auto start = std::chrono::steady_clock::now();
        if (epoch.depth() != depth) {
          const double took = std::chrono::duration<double>(start - end).count();
          worst[depth] = std::max(worst[depth], took);
          depth = epoch.depth();
        }
        session.step(loss_of(model));
        end = std::chrono::steady_clock::now();
      }
      epoch.finish(
          {{"val_loss", back ? static_cast<double>(epoch.index()) : 1.0 / (1.0 + static_cast<double>(epoch.index()))}});
    }
    if (!session.result()) state.SkipWithError("the run failed");
  }
  state.counters["to_phase_1_ms"] = 1e3 * worst[0];
  state.counters["to_phase_2_ms"] = 1e3 * worst[1];
}

void move_without_restore(benchmark::State& state) { moves(state, false, false); }
void move_from_the_best(benchmark::State& state) { moves(state, true, false); }
void move_back_to_the_best(benchmark::State& state) { moves(state, true, true); }
BENCHMARK(move_without_restore)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(move_from_the_best)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(move_back_to_the_best)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
