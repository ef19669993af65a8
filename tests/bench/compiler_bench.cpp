// Every stage of the compiler, and all of them, without the start of a process: on the example, on DeepSeek-V3 with a
// module for each expert, and on a workload from 10,000 to 1,000,000 parameters.
#include <optional>
#include <string>

#include <benchmark/benchmark.h>

#include "compiler/adapters/adapters.hpp"
#include "compiler/ast/ast.hpp"
#include "compiler/check/check.hpp"
#include "compiler/driver/compile.hpp"
#include "compiler/graph/graph.hpp"
#include "compiler/graph/readers.hpp"
#include "compiler/lower/lower.hpp"
#include "grammar/grammar.hpp"
#include "tests/bench/workload.hpp"

namespace {

using namespace fts;

const std::string kExample = std::string(FTS_SOURCE_DIR) + "/examples/minilm_sections/";
const std::string kDeepseek = std::string(FTS_SOURCE_DIR) + "/tests/data/bench/deepseek_v3_experts.fts";

void checks_a_file(benchmark::State& state, const std::string& path) {
  for (auto _ : state) {
    auto result = driver::run({.file = path, .model = {}, .options = {}});
    if (!result.plan) state.SkipWithError("the file has faults");
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK_CAPTURE(checks_a_file, example, kExample + "minilm.fts")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(checks_a_file, deepseek, kDeepseek)->Unit(benchmark::kMillisecond);

// The workload of one size, as far as the stage that is measured needs it.
struct Workload {
  explicit Workload(std::int64_t parameters)
      : graph_json(bench::graph_text(static_cast<std::size_t>(parameters))), rules(bench::rules_text()) {}

  [[nodiscard]] graph::ParamGraph read() const {
    return graph::read_bytes("workload.graph.json", graph::Bytes::copy(graph_json)).value();
  }
  std::string graph_json;
  std::string rules;
};

struct Resolved {
  explicit Resolved(const Workload& workload) : graph(workload.read()) {
    unit.emplace(sources, sources.add("/workload.fts", workload.rules), options, diagnostics);
  }
  resolve::Program program() { return resolve::resolve(*unit, &graph, schema, options, diagnostics); }
  graph::ParamGraph graph;
  SourceMap sources;
  Diagnostics diagnostics;
  resolve::Options options;
  resolve::BodySchema schema = resolve::file_schema(adapters::schemas());
  std::optional<resolve::Unit> unit;
};

void reads_the_graph(benchmark::State& state) {
  const Workload workload(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(workload.read());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(workload.graph_json.size()));
}

void parses(benchmark::State& state) {
  const std::string rules = bench::rules_text();
  for (auto _ : state) {
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(grammar::parse(0, rules, diagnostics));
  }
}
BENCHMARK(parses)->Unit(benchmark::kMillisecond);

void builds_the_ast(benchmark::State& state) {
  const std::string rules = bench::rules_text();
  Diagnostics diagnostics;
  const auto tree = grammar::parse(0, rules, diagnostics);
  for (auto _ : state) benchmark::DoNotOptimize(ast::build(tree, rules, diagnostics));
}
BENCHMARK(builds_the_ast)->Unit(benchmark::kMillisecond);

void resolves(benchmark::State& state) {
  Resolved resolved{Workload(state.range(0))};
  for (auto _ : state) benchmark::DoNotOptimize(resolved.program());
}

void checks(benchmark::State& state) {
  Resolved resolved{Workload(state.range(0))};
  const auto program = resolved.program();
  for (auto _ : state) {
    Diagnostics diagnostics;
    const check::Context context{program, resolved.graph, diagnostics};
    check::check(context);
    adapters::check(context);
    if (diagnostics.has_errors()) state.SkipWithError("the workload has faults");
  }
}

void lowers(benchmark::State& state) {
  Resolved resolved{Workload(state.range(0))};
  const auto program = resolved.program();
  for (auto _ : state) benchmark::DoNotOptimize(lower::lower(program, resolved.graph, ""));
}

void writes_and_reads_the_plan(benchmark::State& state) {
  Resolved resolved{Workload(state.range(0))};
  auto plan = lower::lower(resolved.program(), resolved.graph, "");
  plan.source_hash = std::string(32, '0');
  for (auto _ : state) {
    const auto again = plan::from_json(plan::to_json(plan));
    if (!again) state.SkipWithError("the plan does not read back");
  }
}

void compiles(benchmark::State& state) {
  const Workload workload(state.range(0));
  for (auto _ : state) {
    driver::Compilation out;
    const auto graph = workload.read();
    driver::compile_into(out.sources->add("/workload.fts", workload.rules), graph, {}, out);
    if (!out.plan) state.SkipWithError("the workload has faults");
  }
}

#define FTS_SIZES(stage) BENCHMARK(stage)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)
FTS_SIZES(reads_the_graph);
FTS_SIZES(resolves);
FTS_SIZES(checks);
FTS_SIZES(lowers);
FTS_SIZES(writes_and_reads_the_plan);
FTS_SIZES(compiles);

}  // namespace
