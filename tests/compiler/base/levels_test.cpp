#include "compiler/base/code.hpp"
#include "compiler/base/levels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Levels, OfAWarningAreAllOfAnErrorOnlyItsOwn) {
  EXPECT_THAT(levels_of(Code::never_thawed), ElementsAre("warning", "error", "off"));
  EXPECT_THAT(levels_of(Code::tied_apart), ElementsAre("error", "warning"));
  EXPECT_THAT(levels_of(Code::syntax_error), ElementsAre("error"));
}

TEST(Levels, AreReadAsTheCommandLineGivesThem) {
  EXPECT_EQ(parse_level("FTS0505=off"), std::pair(Code::never_thawed, Level::off));
  EXPECT_EQ(parse_level("fts0505=error"), std::pair(Code::never_thawed, Level::error));
  EXPECT_EQ(parse_level("FTS0507"), std::pair(Code::tied_apart, Level::warning));
}

TEST(Levels, SayWhatIsWrongWithAWish) {
  EXPECT_THAT(parse_level("FTS055=off").error(), HasSubstr("did you mean 'FTS0505'"));
  EXPECT_EQ(parse_level("FTS0505=of").error(), "FTS0505 can be warning or error or off, not 'of'");
  EXPECT_EQ(parse_level("FTS0507=off").error(), "FTS0507 can be error or warning, not 'off'");
  EXPECT_EQ(parse_level("FTS0401=off").error(), "FTS0401 is always an error: there is no plan with it");
}

struct Case {
  const char* name;
  Levels levels;
  std::vector<Severity> severities;  // of never_thawed, epoch_order and syntax_error, those that are left
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Applied : public testing::TestWithParam<Case> {};

TEST_P(Applied, GivesEachDiagnosticItsLevel) {
  Diagnostics d;
  for (const Code code : {Code::never_thawed, Code::epoch_order, Code::syntax_error}) d.report(code, {}, "m");
  apply(GetParam().levels, d);
  std::vector<Severity> severities;
  for (const auto& one : d.all()) severities.push_back(one.severity);
  EXPECT_EQ(severities, GetParam().severities);
}

constexpr auto E = Severity::error;
constexpr auto W = Severity::warning;

INSTANTIATE_TEST_SUITE_P(
    All, Applied,
    testing::Values(Case{"nothing_asked", {}, {W, W, E}}, Case{"off", {{{Code::never_thawed, Level::off}}}, {W, E}},
                    Case{"an_error_of_one", {{{Code::epoch_order, Level::error}}}, {W, E, E}},
                    Case{"warnings_denied", {{}, true}, {E, E, E}},
                    Case{"denied_but_for_one", {{{Code::epoch_order, Level::warning}}, true}, {E, W, E}}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace fts
