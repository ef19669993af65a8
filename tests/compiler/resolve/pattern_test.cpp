// Globs and regexes over whole names.
#include "compiler/resolve/pattern.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

namespace fts::resolve {
namespace {

struct GlobCase {
  std::string name;
  std::string glob;
  std::vector<std::string> takes;
  std::vector<std::string> leaves;
};

class Glob : public testing::TestWithParam<GlobCase> {};

TEST_P(Glob, TakesAndLeaves) {
  const auto pattern = pattern_of_string({{GetParam().glob, false}});
  ASSERT_TRUE(pattern) << pattern.error();
  for (const auto& name : GetParam().takes)
    EXPECT_TRUE(matches(*pattern, name)) << name << " against " << pattern->text;
  for (const auto& name : GetParam().leaves)
    EXPECT_FALSE(matches(*pattern, name)) << name << " against " << pattern->text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Glob,
    testing::Values(GlobCase{"PlainTextIsExact", "a.b", {"a.b"}, {"a.bc", "axb", "a.b.c", "a"}},
                    GlobCase{"StarStaysInItsPiece", "a.*.w", {"a.b.w", "a.0.w"}, {"a.w", "a.b.c.w", "a..w"}},
                    GlobCase{"StarInAPieceMayBeEmpty", "layer*", {"layer", "layers"}, {"layer.0"}},
                    GlobCase{"DoubleStarAtTheStart", "**.bias", {"bias", "a.bias", "a.b.bias"}, {"a.bias.x", "abias"}},
                    GlobCase{"DoubleStarAtTheEnd", "a.**", {"a.b", "a.b.c"}, {"a", "ab", "b.a"}},
                    GlobCase{"DoubleStarInside", "a.**.w", {"a.w", "a.b.w", "a.b.c.w"}, {"aw", "a.w.b"}},
                    GlobCase{"DoubleStarAlone", "**", {"a", "a.b", ""}, {}},
                    GlobCase{"DoubleStarTwice", "**.**", {"a", "a.b", "a.b.c"}, {""}},
                    GlobCase{"QuestionMarkIsOneCharacter", "l?", {"l0", "lx"}, {"l", "l00", "l."}},
                    GlobCase{"ClassesAndRanges", "l[0-3x]", {"l0", "l3", "lx"}, {"l4", "l"}},
                    GlobCase{"NegatedClasses", "l[!0-3]", {"l4", "lx"}, {"l0", "l."}},
                    GlobCase{"Alternatives", "{a,b.c}.w", {"a.w", "b.c.w"}, {"c.w", "a,b.c.w"}},
                    GlobCase{"RegexCharactersAreText", "a+(b).*", {"a+(b).x"}, {"aab.x"}}),
    [](const auto& test) { return test.param.name; });

TEST(GlobFaults, AreSaid) {
  EXPECT_EQ(pattern_of_string({{"a[0-", false}}).error(), "'[' is not closed");
  EXPECT_EQ(pattern_of_string({{"{a,b", false}}).error(), "'{' is not closed");
  EXPECT_EQ(pattern_of_string({{"a**", false}}).error(), "'**' must be a whole piece between dots");
  EXPECT_EQ(pattern_of_string({{"a[]", false}}).error(), "'[]' is an empty class");
}

TEST(GlobPieces, LiteralTextHasNoWildcards) {
  const auto exact = pattern_of_string({{"a.", false}, {"*", true}});
  EXPECT_EQ(*exact, (Pattern{Pattern::Kind::exact, "a.*"}));
  const auto mixed = pattern_of_string({{"*.", false}, {"[x]", true}});
  EXPECT_TRUE(matches(*mixed, "q.[x]"));
  EXPECT_FALSE(matches(*mixed, "q.x"));
}

TEST(Regex, MatchesTheWholeName) {
  const auto p = *pattern_of_regex(R"(layers\.1)");
  EXPECT_TRUE(matches(p, "layers.1"));
  EXPECT_FALSE(matches(p, "layers.10"));
  EXPECT_THAT(matched_beginnings(p, {"layers.10", "a.layers.1"}), testing::ElementsAre("layers.10"));
  EXPECT_FALSE(pattern_of_regex("a(b"));
  EXPECT_FALSE(pattern_of_regex("(?=a)b"));
}

TEST(MatchAll, EqualsOneMatchAtATimeOnRandomInputs) {
  std::mt19937 random(7);
  const std::vector<std::string> words = {"a", "b", "layer", "0", "1", "10", "w", "bias"};
  const std::vector<std::string> parts = {"a", "b", "layer", "0", "1", "w", "bias", "*", "**", "?", "[0-1]", "{a,b}"};
  const auto join = [&](const std::vector<std::string>& from) {
    std::string text;
    for (std::size_t n = 1 + random() % 4, i = 0; i < n; ++i)
      text += (i == 0 ? "" : ".") + from[random() % from.size()];
    return text;
  };
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string> names;
    std::vector<Pattern> patterns;
    for (int i = 0; i < 60; ++i) names.push_back(join(words));
    while (patterns.size() < 30) {
      const auto p = pattern_of_string({{join(parts), false}});
      if (p && p->kind != Pattern::Kind::exact) patterns.push_back(*p);
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto sets = match_all(patterns, views);
    for (std::size_t p = 0; p < patterns.size(); ++p) {
      for (std::size_t n = 0; n < names.size(); ++n) {
        EXPECT_EQ(sets[p].contains(n), matches(patterns[p], names[n])) << patterns[p].text << " on " << names[n];
      }
    }
  }
}

}  // namespace
}  // namespace fts::resolve
