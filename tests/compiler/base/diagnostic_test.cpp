#include "compiler/base/code.hpp"
#include "compiler/base/diagnostic.hpp"

#include <cctype>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts {
namespace {

using testing::ElementsAre;

std::vector<std::string> messages(const Diagnostics& d) {
  std::vector<std::string> texts;
  for (const auto& diagnostic : d.all()) texts.push_back(diagnostic.message);
  return texts;
}

TEST(Codes, AreEachThereOnceInOneForm) {
  std::set<std::string_view> ids, names;
  for (const CodeInfo& code : all_codes()) {
    EXPECT_TRUE(ids.insert(code.id).second) << code.id << " is there twice";
    EXPECT_TRUE(names.insert(code.name).second) << code.name << " is there twice";
    ASSERT_EQ(code.id.size(), 7u);
    EXPECT_EQ(code.id.substr(0, 3), "FTS");
    for (const char c : code.id.substr(3)) EXPECT_NE(std::isdigit(static_cast<unsigned char>(c)), 0) << code.id;
    EXPECT_FALSE(code.title.empty());
    EXPECT_FALSE(code.title.ends_with('.')) << code.id;
    EXPECT_EQ(info(code.code).id, code.id);
  }
}

TEST(Codes, AreFoundByTheirIdInEitherCase) {
  EXPECT_EQ(find_code("FTS0202"), Code::unknown_name);
  EXPECT_EQ(find_code("fts0202"), Code::unknown_name);
  EXPECT_EQ(find_code("FTS9999"), std::nullopt);
  EXPECT_EQ(find_code(""), std::nullopt);
}

TEST(Diagnostics, TakeTheSeverityOfTheirCode) {
  Diagnostics d;
  d.report(Code::unknown_name, {}, "x").help = "help";
  d.report(Code::phase_unreachable, {}, "y");
  EXPECT_EQ(d.errors(), 1u);
  EXPECT_EQ(d.warnings(), 1u);
  EXPECT_TRUE(d.has_errors());
  EXPECT_EQ(d.all()[0].help, "help");
}

TEST(Diagnostics, AreOrderedByFilePlaceAndCode) {
  Diagnostics d;
  d.report(Code::unknown_name, {}, "no place");
  d.report(Code::wrong_type, {1, 0, 1}, "second file");
  d.report(Code::wrong_type, {0, 9, 10}, "later");
  d.report(Code::wrong_type, {0, 2, 4}, "second code");
  d.report(Code::unknown_name, {0, 2, 4}, "first code");
  d.sort();
  EXPECT_THAT(messages(d), ElementsAre("first code", "second code", "later", "second file", "no place"));
}

TEST(Diagnostics, OfOneCauseAtOnePlaceAreMerged) {
  Diagnostics d;
  d.report(Code::wrong_type, {0, 2, 4}, "same");
  d.report(Code::wrong_type, {0, 2, 4}, "same");
  d.report(Code::wrong_type, {0, 2, 4}, "other");
  d.report(Code::wrong_type, {}, "without a place");
  d.report(Code::wrong_type, {}, "without a place");
  d.sort();
  EXPECT_THAT(messages(d), ElementsAre("same", "other", "without a place", "without a place"));
}

}  // namespace
}  // namespace fts
