// Every rule of the grammar matches somewhere in the texts of the tests.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/grammar/broken_corpus.hpp"
#include "tests/grammar/corpus.hpp"
#include "tests/grammar/rule_probe.hpp"

namespace fts::test {
namespace {

TEST(Coverage, every_rule_is_hit_by_the_texts_of_the_tests) {
  std::set<std::string> missing = all_rules();
  ASSERT_GT(missing.size(), 100u);
  const auto read = [&](std::string_view text) {
    for (const auto& rule : rules_hit(text)) missing.erase(rule);
  };
  for (const auto& right : kRightTexts) read(right.text);
  for (const auto& broken : kBrokenTexts) read(broken.text);
  std::string many;
  for (int i = 0; i < 60; ++i) many += "a = )\n";
  read(many);
  EXPECT_EQ(missing, std::set<std::string>{});
}

}  // namespace
}  // namespace fts::test
