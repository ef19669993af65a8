// A formatted file means what it meant: the same plan, or the same diagnostics.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "compiler/resolve/spelling.hpp"
#include "grammar/format.hpp"
#include "grammar/grammar.hpp"
#include "tests/support/compiling.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

std::string formatted(const std::string& text) {
  Diagnostics faults;
  return grammar::format(grammar::parse(0, text, faults), text, {.short_spelling = resolve::short_spelling});
}

// The plan's JSON without the hash of its text; without a plan, the codes of what is wrong.
std::string meaning(const std::string& text, const std::string& model) {
  auto result = compile_text(text, model);
  if (result.plan) {
    result.plan->source_hash.clear();
    return plan::to_json(*result.plan);
  }
  std::string codes;
  for (const auto& d : result.diagnostics.all()) codes += std::string(info(d.code).id) + " ";
  return codes;
}

TEST(FormatKeeps, ThePlanOfTheSampleWithClassNamesToo) {
  std::string text = read_test_file("data/language_sample.fts");
  const std::string plan = meaning(text, "minilm-classifier");
  ASSERT_EQ(plan[0], '{') << plan;
  EXPECT_EQ(meaning(formatted(text), "minilm-classifier"), plan);
  for (const auto& [from, to] : {std::pair{"adamw", "AdamW"},
                                 {"cosine_annealing_warm_restarts", "CosineAnnealingWarmRestarts"},
                                 {"bf16", "torch.bfloat16"},
                                 {"linear {", "LinearLR {"}}) {
    text.replace(text.find(from), std::string(from).size(), to);
  }
  EXPECT_EQ(meaning(text, "minilm-classifier"), plan);
  EXPECT_EQ(formatted(text), formatted(read_test_file("data/language_sample.fts")));
}

TEST(FormatKeeps, TheMeaningOfEveryExampleOnADiagnosticsPage) {
  std::size_t examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FTS_SOURCE_DIR "/docs/diagnostics")) {
    std::ifstream in(entry.path());
    std::stringstream page;
    page << in.rdbuf();
    const std::string text = page.str(), fence = "```fts\n";
    if (text.find("<!-- model:") != std::string::npos) continue;
    for (std::size_t at = 0; (at = text.find(fence, at)) != std::string::npos;) {
      at += fence.size();
      const std::string example = text.substr(at, text.find("```", at) - at);
      Diagnostics faults;
      if (static_cast<void>(grammar::parse(0, example, faults)); faults.has_errors()) continue;
      EXPECT_EQ(meaning(formatted(example), "minilm-classifier"), meaning(example, "minilm-classifier"))
          << entry.path() << "\n"
          << formatted(example);
      ++examples;
    }
  }
  EXPECT_GT(examples, 60U);
}

}  // namespace
}  // namespace fts::test
