// No text crashes the compiler: every prefix of the example, and the example with any one byte removed.
#include <algorithm>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/support/compiling.hpp"

namespace fts {
namespace {

std::string read(const std::string& path) {
  std::ifstream in(std::string(FTS_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Compiles and prints; a text with errors has no plan, one without has one, and every place lies in the text.
void compile_anything(const std::string& text, const graph::ParamGraph& graph) {
  driver::Compilation out;
  driver::compile_into(out.sources->add("text.fts", text), graph, {}, out);
  ASSERT_EQ(out.plan.has_value(), !out.diagnostics.has_errors()) << text;
  for (const auto& d : out.diagnostics.all()) {
    if (!d.span.has_place()) continue;
    ASSERT_LE(d.span.begin, d.span.end) << text;
    ASSERT_LE(d.span.end, out.sources->file(d.span.file).text().size()) << text;
  }
  ASSERT_FALSE(test::rendered(out).empty() && out.diagnostics.has_errors());
}

class Robust : public testing::TestWithParam<const char*> {};

TEST_P(Robust, EveryPrefixAndEveryDeletionIsAnswered) {
  const auto graph = test::read_graph("minilm-classifier");
  const std::string text = read(GetParam());
  ASSERT_FALSE(text.empty());
  for (std::size_t n = 0; n <= text.size(); ++n) compile_anything(text.substr(0, n), graph);
  for (std::size_t n = 0; n < text.size(); ++n) compile_anything(text.substr(0, n) + text.substr(n + 1), graph);
}

INSTANTIATE_TEST_SUITE_P(Texts, Robust,
                         testing::Values("examples/minilm_sections/minilm.fts", "tests/data/check/eight_faults.fts"),
                         [](const auto& test) { return test.index == 0 ? "TheExample" : "AFaultyFile"; });

}  // namespace
}  // namespace fts
