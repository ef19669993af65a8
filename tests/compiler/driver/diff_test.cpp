// ftsc diff: files and plans, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/compiler/driver/ftsc_run.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

using nlohmann::json;

// three_phases.fts with another rate, another end and one layer less.
std::string edited(const Folder& folder) {
  std::string text = read_test_file("data/check/three_phases.fts");
  const auto replace = [&](const std::string& what, const std::string& by) {
    text.replace(text.find(what), what.size(), by);
  };
  replace("../graphs", FTS_SOURCE_DIR "/tests/data/graphs");
  replace("= 2e-4", "= 3e-4");
  replace("epoch(2)", "epoch(3)");
  replace("[-2..-1]", "[-1]");
  return folder.write("b.fts", text);
}

TEST(Diff, OfAFileWithItselfIsNothing) {
  const auto r = ftsc("diff three_phases.fts three_phases.fts");
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.out, "");
}

TEST(Diff, ShowsWhatAnEditChanges) {
  const Folder folder;
  const auto r = ftsc("diff three_phases.fts " + edited(folder));
  EXPECT_EQ(r.status, 1);
  expect_golden("check/three_phases.diff.txt", r.out);
}

TEST(Diff, IsTheSameForPlansAndAsJson) {
  const Folder folder;
  const auto file = edited(folder);
  ASSERT_EQ(ftsc("compile three_phases.fts -o " + folder.path("a.ftsplan")).status, 0);
  ASSERT_EQ(ftsc("compile " + file).status, 0);
  const auto plans = ftsc("diff --format json " + folder.path("a.ftsplan") + " " + folder.path("b.ftsplan"));
  EXPECT_EQ(plans.status, 1);
  EXPECT_EQ(ftsc("diff --format json three_phases.fts " + file).out, plans.out);
  const json j = json::parse(plans.out);
  EXPECT_EQ(j.at("version"), 1);
  EXPECT_GT(j.at("changes").size(), 3U);
}

TEST(Diff, EndsWithTwoWhereAFileHasNoPlan) {
  EXPECT_EQ(ftsc("diff three_phases.fts eight_faults.fts").status, 2);
  EXPECT_EQ(ftsc("diff three_phases.fts nowhere.ftsplan").status, 2);
}

}  // namespace
}  // namespace fts::test
