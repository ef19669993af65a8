// A file's text against a small model, through every stage that it reaches: what compiles is a plan that reads back.
#include <string>

#include "compiler/driver/compile.hpp"
#include "compiler/graph/graph.hpp"
#include "compiler/plan/plan.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fts::fuzz {

namespace {

const graph::ParamGraph& model() {
  static const auto graph = graph::read(FTS_SOURCE_DIR "/tests/data/graphs/tiny-bert.graph.json");
  FTS_CHECK(graph.has_value());
  return *graph;
}

}  // namespace

void source(std::string_view bytes) {
  driver::Compilation out;
  const FileId file = out.sources->add("/nowhere/fuzz.fts", std::string(bytes));
  driver::compile_into(file, model(), {}, out);
  FTS_CHECK(out.plan.has_value() != out.diagnostics.has_errors());
  if (!out.plan) return;
  const std::string text = plan::to_json(*out.plan);
  const auto again = plan::from_json(text);
  FTS_CHECK(again.has_value() && plan::to_json(*again) == text);
}

}  // namespace fts::fuzz
