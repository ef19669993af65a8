// What `ftsc check` does on the example, without the start of a process: reading, resolving, checking, lowering.
#include <string>

#include <benchmark/benchmark.h>

#include "compiler/driver/compile.hpp"
#include "compiler/graph/graph.hpp"

namespace {

const std::string kExample = std::string(FTS_SOURCE_DIR) + "/examples/minilm_sections/";

void checks_the_example(benchmark::State& state) {
  for (auto _ : state) {
    auto result = fts::driver::run({.file = kExample + "minilm.fts", .model = {}, .options = {}});
    if (!result.plan) state.SkipWithError("the example has faults");
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK(checks_the_example)->Unit(benchmark::kMillisecond);

void reads_the_graph(benchmark::State& state) {
  for (auto _ : state) {
    auto graph = fts::graph::read(kExample + "minilm.graph.json");
    if (!graph) state.SkipWithError("the graph cannot be read");
    benchmark::DoNotOptimize(graph);
  }
}
BENCHMARK(reads_the_graph)->Unit(benchmark::kMillisecond);

}  // namespace
