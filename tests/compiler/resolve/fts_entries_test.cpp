// Entries of Python FTS: what they take, and what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/resolve/fts_entries.hpp"

namespace fts::resolve {
namespace {

const std::vector<std::string_view> kNames = {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight",
                                              "layersX2.weight", "head.weight",   "head.weight_g",    "norm.(a)"};

struct Case {
  const char* name;
  const char* entry;
  std::vector<std::string> taken;
  std::vector<std::string> more;  // taken, but not said
  bool parameters = true;
};

std::vector<std::string> names(const Set& set) {
  std::vector<std::string> all;
  for (const auto i : set.members()) all.emplace_back(kNames[i]);
  return all;
}

class Entries : public testing::TestWithParam<Case> {};

TEST_P(Entries, TakeWhatReMatchTakes) {
  const auto& c = GetParam();
  ASSERT_TRUE(check_python_regex(c.entry));
  const auto match = match_fts_entries({{c.entry, c.parameters}}, kNames).front();
  EXPECT_EQ(names(match.taken), c.taken);
  EXPECT_EQ(names(match.taken - match.said), c.more);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Entries,
    testing::Values(
        Case{"ANameIsTakenLiterally", "head.weight", {"head.weight"}, {}},
        Case{"EvenOneThatIsNoRegexOfItself", "norm.(a)", {"norm.(a)"}, {}},
        Case{"AModuleSaysWhatIsBelowIt",
             "layers.1",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight"},
             {"layers.10.weight"}},
        Case{"SoDoesOneWithAStar",
             "layers.1.*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight"},
             {"layers.10.weight"}},
        Case{"AnEscapedDotSaysSo", "layers\\.1\\.", {"layers.1.weight", "layers.1.bias"}, {}},
        Case{"ABareDotIsAnyCharacter", "layers.2", {"layers.2.weight", "layersX2.weight"}, {"layersX2.weight"}},
        Case{
            "ADollarEndsIt", "layers\\.[0-9]+.weight$", {"layers.1.weight", "layers.10.weight", "layers.2.weight"}, {}},
        Case{"AlternativesAreAnchoredTogether", "head|layers.2$", {"head.weight", "head.weight_g"}, {}},
        Case{"AStarBehindARegexIsAnything",
             ".*ay.*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight", "layersX2.weight"},
             {}},
        Case{"ButNoNumberGoesOn",
             "layers.(1|2).*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight", "layersX2.weight"},
             {"layers.10.weight", "layersX2.weight"}},
        Case{"NorBehindAClass",
             "layers\\.[12].*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight"},
             {"layers.10.weight"}},
        Case{"ADigitIsOne",
             "layers.\\d.*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight", "layersX2.weight"},
             {"layers.10.weight", "layersX2.weight"}},
        Case{"SoIsItsClass",
             "layers\\.[0-9].*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight"},
             {"layers.10.weight"}},
        Case{"ARepeatedDigitIsAnyNumber",
             "layers\\.\\d+.*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight"},
             {}},
        Case{"ALeadingStar", ".*bias", {"layers.1.bias"}, {}},
        Case{"Everything",
             ".*",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight", "layers.2.weight", "layersX2.weight",
              "head.weight", "head.weight_g", "norm.(a)"},
             {}},
        Case{"LookaheadIsPythons", "layers(?!.*1).*weight", {"layers.2.weight", "layersX2.weight"}, {}},
        Case{"BackreferencesToo", "(l)ayers.2.(w)eigh(t)", {"layers.2.weight", "layersX2.weight"}, {"layersX2.weight"}},
        Case{"PythonsOpenCount", "layers.1{,2}0", {"layers.10.weight"}, {}},
        Case{"AModuleDoesNotSayItsChildren",
             "layers.1",
             {"layers.1.weight", "layers.1.bias", "layers.10.weight"},
             {"layers.1.weight", "layers.1.bias", "layers.10.weight"},
             false}),
    [](const auto& c) { return c.param.name; });

TEST(PythonRegex, FaultsAreSaid) {
  for (const char* bad : {"fc[", "*a", "a**", "(a", "\\p{L}", "a\\Qb"}) EXPECT_FALSE(check_python_regex(bad)) << bad;
  for (const char* good : {"a(?=b)", "(?P<n>a)(?P=n)", "a++", "\\d+\\Z", "[^]]"})
    EXPECT_TRUE(check_python_regex(good)) << good;
}

TEST(PythonRegex, OnesThatTakeTooLongAreGivenUp) {
  const std::string name(64, 'a');
  const auto match = match_fts_entries({{"((a|aa)+)+(?=c)", true}}, {name}).front();
  EXPECT_TRUE(match.too_long);
}

}  // namespace
}  // namespace fts::resolve
