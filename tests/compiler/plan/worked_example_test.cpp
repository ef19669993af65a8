// docs/PLAN.md shows a plan and its summary; both are what the code reads and prints.
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "compiler/plan/plan.hpp"

namespace fts::plan {
namespace {

// The text of the first code block in this language behind a heading.
std::string block(const std::string& document, const std::string& heading, const std::string& language) {
  const auto section = document.find("\n" + heading + "\n");
  const auto fence = document.find("```" + language + "\n", section);
  EXPECT_NE(section, std::string::npos) << heading;
  EXPECT_NE(fence, std::string::npos) << heading;
  const auto begin = fence + 4 + language.size();
  return document.substr(begin, document.find("```", begin) - begin);
}

std::string document() {
  std::ifstream in(std::string(FTS_SOURCE_DIR) + "/docs/PLAN.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(WorkedExample, IsAValidPlanInItsCanonicalForm) {
  const std::string text = block(document(), "## A worked example", "json");
  const auto plan = from_json(text);
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(to_json(*plan), text);
}

TEST(WorkedExample, HasTheSummariesThatAreShown) {
  const auto plan = from_json(block(document(), "## A worked example", "json"));
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_EQ(summary_table(*plan, false), block(document(), "### As a table", "text"));
  EXPECT_EQ(summary_json(*plan), block(document(), "### As JSON", "json"));
}

}  // namespace
}  // namespace fts::plan
