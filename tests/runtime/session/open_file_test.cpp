// Session::open on a file.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/session/session.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models, plans and loops of the tests
using testing::HasSubstr;

TEST(SessionOfAFile, OpensAPlan) {
  auto model = seeded_mlp();
  const auto folder = fresh_folder("session");
  std::ofstream(folder + "/a.ftsplan") << plan::to_json(three_phases(*model));
  const auto session = Session::open(*model, folder + "/a.ftsplan", quiet());
  ASSERT_TRUE(session) << session.error().text();
  EXPECT_EQ(session->plan().schedule.phases.size(), 3U);
  EXPECT_THAT(Session::open(*model, folder + "/b.ftsplan", quiet()).error().text(),
              HasSubstr("b.ftsplan' cannot be read"));
}

TEST(SessionOfAFile, CompilesAScheduleForItsModule) {
  auto model = seeded_mlp();
  const auto folder = fresh_folder("session");
  std::ofstream(folder + "/a.fts") << R"(
input rate: float = 0.02
schedule {
  monitor    = val_loss { patience = 2 }
  optimizer  = sgd { lr = rate, momentum = 0.9 }
  no_decay   = "**.bias"
  max_epochs = 4
  phase head {
    thaw  = "head.**"
    until = epoch(1)
  }
  phase others { thaw = rest }
}
)";
  auto session = Session::open(*model, folder + "/a.fts", quiet({.inputs = {{"rate", "0.05"}}}));
  ASSERT_TRUE(session) << session.error().text();
  EXPECT_EQ(session->plan().schedule.phases[0].groups[0].arguments.at("lr"), 0.05);
  train(*session, model);
  const auto result = session->result();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->epochs, 4);
  EXPECT_EQ(result->depth, 1);
}

TEST(SessionOfAFile, GivesAllThatIsWrongWithItsFile) {
  auto model = seeded_mlp();
  const auto folder = fresh_folder("session");
  std::ofstream(folder + "/a.fts") << "schedule {\n  optimizer = adamw { lr = 1e-3 }\n  max_epochs = 2\n"
                                      "  phase a {\n    thaw = \"haed.**\"\n    until = epoch(1)\n  }\n"
                                      "  phase b {\n    thaw = \"fc9.**\"\n    until = epoch(2)\n  }\n}\n";
  const auto opened = Session::open(*model, folder + "/a.fts", quiet());
  ASSERT_FALSE(opened);
  EXPECT_GE(opened.error().diagnostics.size(), 2U);
  EXPECT_THAT(opened.error().text(), HasSubstr("a.fts:5:12"));
  EXPECT_THAT(opened.error().text(), HasSubstr("a.fts:9:12"));
}

// What `ftsc check` would warn of: on standard error, with its place, and in the result.
TEST(SessionOfAFile, WarnsOnceOfWhatTheCompilerWarnsOf) {
  auto model = seeded_mlp();
  const auto path = fresh_folder("session") + "/a.fts";
  std::ofstream(path) << "schedule {\n  optimizer = adamw { lr = 1e-3 }\n  max_epochs = 1\n"
                         "  phase head { thaw = \"head.**\" }\n}\n";
  std::ostringstream shown;
  auto* const stderr_before = std::cerr.rdbuf(shown.rdbuf());
  auto session = Session::open(*model, path);
  train(*session, model);
  const auto result = session->result();
  std::cerr.rdbuf(stderr_before);
  ASSERT_TRUE(result) << result.error().text();
  ASSERT_EQ(result->warnings.size(), 1U);
  EXPECT_EQ(result->warnings[0].severity, Severity::warning);
  EXPECT_THAT(result->warnings[0].message, HasSubstr("a.fts:"));
  const auto text = shown.str();
  const auto first = text.find(result->warnings[0].message);
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find(result->warnings[0].message, first + 1), std::string::npos) << text;
}

}  // namespace
}  // namespace fts
