// ftsc check: several files, levels, fixes, SARIF and watching.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/compiler/driver/ftsc_run.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kModel = " --model ../graphs/minilm-classifier.graph.json";
constexpr const char* kFaulty =
    "schedule {\n  monitor: val_loss\n  optimizer = adamw { lr = .001 }\n  phase a { thaw = 'classifier.**' }\n"
    "  phase b { thaw = rest };\n}\n";
constexpr const char* kMended =
    "schedule {\n  monitor = val_loss\n  optimizer = adamw { lr = 0.001 }\n  phase a { thaw = \"classifier.**\" }\n"
    "  phase b { thaw = rest }\n}\n";

TEST(Check, TakesSeveralFilesAndAddsTheirDiagnosticsUp) {
  const auto r = ftsc("check three_phases.fts eight_faults.fts only_head.fts --format json");
  EXPECT_EQ(r.status, 1);
  const json j = json::parse(r.out);
  EXPECT_EQ(j.at("summary"), (json{{"errors", 8}, {"warnings", 1}}));
  EXPECT_EQ(j.at("diagnostics").size(), 9U);
  EXPECT_EQ(j.at("diagnostics").back().at("file"), "only_head.fts");
}

TEST(Check, ReadsStdin) {
  EXPECT_EQ(ftsc("check - < three_phases.fts").out, "-: 3 phases over 105 parameters of minilm-classifier\n");
  EXPECT_THAT(ftsc("check - < eight_faults.fts").out, HasSubstr("--> <stdin>:"));
  EXPECT_EQ(ftsc("check - - < three_phases.fts").status, 2);
}

TEST(Check, FollowsLevelsOfTheCommandLine) {
  EXPECT_EQ(ftsc("check only_head.fts -W FTS0505=error").status, 1);
  EXPECT_THAT(ftsc("check only_head.fts -W FTS0505=off").out, Not(HasSubstr("FTS0505")));
  EXPECT_EQ(ftsc("check only_head.fts --deny warnings").status, 1);
  EXPECT_EQ(ftsc("check only_head.fts --deny warnings -W FTS0505=warning").status, 0);
  EXPECT_EQ(ftsc("check only_head.fts -W FTS0401=off").status, 2);
  EXPECT_EQ(ftsc("check -W FTS0505=off only_head.fts").status, 0) << "an option does not swallow the file";
}

TEST(Check, FollowsLevelsOfTheFileWhichTheCommandLineOverrides) {
  const Folder folder;
  const auto file = folder.write("a.fts",
                                 "diagnostics { FTS0505 = off }\nschedule {\n  optimizer = adamw { lr = 1e-3 }\n"
                                 "  max_epochs = 3\n  phase head { thaw = \"classifier.**\" }\n}\n");
  const auto off = ftsc("check " + file + kModel);
  EXPECT_EQ(off.out, file + ": 1 phase over 105 parameters of minilm-classifier\n");
  EXPECT_EQ(ftsc("check " + file + kModel + " -W FTS0505=error").status, 1);
}

TEST(Check, RefusesALevelThatACodeCannotHave) {
  const Folder folder;
  EXPECT_THAT(ftsc("check " + folder.write("a.fts", "diagnostics { FTS0507 = off }\n") + kModel).out,
              HasSubstr("FTS0304"));
  EXPECT_THAT(ftsc("check " + folder.write("b.fts", "diagnostics { FTS0055 = off }\n") + kModel).out,
              HasSubstr("did you mean"));
}

TEST(Check, FixesUntilNothingIsLeft) {
  const Folder folder;
  const auto file = folder.write("a.fts", kFaulty);
  const auto r = ftsc("check --fix " + file + kModel);
  EXPECT_EQ(r.status, 0) << r.out;
  EXPECT_EQ(folder.read("a.fts"), kMended);
  EXPECT_THAT(r.out, HasSubstr("4 faults mended"));
}

TEST(Check, ShowsFixesWithoutWritingThem) {
  const Folder folder;
  const auto file = folder.write("a.fts", kFaulty);
  const auto r = ftsc("check --fix --dry-run " + file + kModel);
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.out, HasSubstr("-  monitor: val_loss\n"));
  EXPECT_THAT(r.out, HasSubstr("+  monitor = val_loss\n"));
  EXPECT_EQ(folder.read("a.fts"), kFaulty);
}

TEST(Check, FixesStdinToStdout) {
  const Folder folder;
  const auto r = ftsc("check --fix - --format json" + std::string(kModel) + " < " + folder.write("a.fts", kFaulty));
  EXPECT_THAT(r.out, HasSubstr(kMended));
}

TEST(Check, PrintsSarif) {
  const auto r = ftsc("check eight_faults.fts --format sarif");
  EXPECT_EQ(r.status, 1);
  const json j = json::parse(r.out);
  EXPECT_EQ(j.at("version"), "2.1.0");
  EXPECT_EQ(j.at("runs")[0].at("results").size(), 8U);
}

// Reads what a watching ftsc prints up to and with `end`.
std::string read_to(std::FILE* pipe, const std::string& end) {
  std::string out;
  for (int c = 0; !out.ends_with(end) && (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  return out;
}

TEST(Check, WatchesTheFileWhatItUsesAndItsModelUntilItIsInterrupted) {
  const Folder folder;
  const std::string model = read_test_file("data/graphs/minilm-classifier.graph.json");
  folder.write("m.graph.json", model);
  folder.write("common.fts", "let head = \"classifier.**\"\n");
  folder.write("a.fts",
               "use \"common.fts\" as c\nmodel { graph = \"m.graph.json\" }\nschedule {\n  monitor = val_loss\n"
               "  optimizer = adamw { lr = 1e-3 }\n  phase a { thaw = c.head }\n  phase b { thaw = rest }\n}\n");
  const std::string command = "cd " + folder.path("") + " && echo $$ && exec " + kFtsc + " check --watch a.fts 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  const int pid = std::stoi(read_to(pipe, "\n"));
  const std::string clean = "a.fts: 2 phases over 105 parameters of minilm-classifier\n";
  EXPECT_EQ(read_to(pipe, clean), clean);
  folder.write("common.fts", "let head = \"clasifier.**\"\n");
  EXPECT_THAT(read_to(pipe, "1 error, 0 warnings\n"), HasSubstr("FTS0401"));
  folder.write("common.fts", "let head = \"classifier.**\"\n");
  EXPECT_EQ(read_to(pipe, clean), clean);
  folder.write("m.graph.json", "{");
  EXPECT_THAT(read_to(pipe, "1 error, 0 warnings\n"), HasSubstr("FTS0801"));
  kill(pid, SIGINT);
  EXPECT_EQ(pclose(pipe), 0);
}

}  // namespace
}  // namespace fts::test
