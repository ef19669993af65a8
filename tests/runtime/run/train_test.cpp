#include "compiler/base/code.hpp"
#include "runtime/run/train.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include <nlohmann/json.hpp>

#include "runtime/checkpoint/folder.hpp"
#include "runtime/run/stop_signals.hpp"
#include "tests/runtime/run/run_support.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: files of the tests
using testing::HasSubstr;

constexpr const char* kSchedule = R"(
input lr: float = 1e-2
schedule {
  monitor    = val_loss { patience = 5 }
  optimizer  = adamw { lr = lr }
  max_epochs = 4
  phase head { thaw = "head.**", until = plateau or epoch(1) }
  phase rest_ { thaw = rest - frozen }
}
)";

// A run's files in a folder of its own.
RunArguments arguments(const std::string& name) {
  const auto folder = fresh_folder(name);
  RunArguments a;
  a.schedule = write_file(folder + "/tune.fts", kSchedule);
  a.model = kScripts + "mlp.pt";
  a.data = write_rows(folder + "/train.safetensors", 40);
  a.val = write_rows(folder + "/val.safetensors", 20, 4);
  a.batch_size = 8;
  a.out = folder + "/out";
  a.quiet = true;
  return a;
}

std::string model_of(const RunArguments& a) { return text_of(a.out + "/model.safetensors"); }

TEST(RunTraining, TrainsAScriptThroughThePhasesOfASchedule) {
  const auto a = arguments("train");
  const auto result = run_training(a);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->epochs, 4);
  EXPECT_EQ(result->steps, 20);
  EXPECT_EQ(result->depth, 1);
  EXPECT_FALSE(model_of(a).empty());
  const auto log = text_of(a.out + "/log.jsonl");
  EXPECT_THAT(log, HasSubstr("val_accuracy"));
  EXPECT_THAT(log, HasSubstr("train_loss"));
}

TEST(RunTraining, LeavesAFrozenBatchNormOfAScriptAloneWhereTheScheduleSaysSo) {
  const auto running_mean = [](const std::string& name, const std::string& settings) {
    auto a = arguments(name);
    a.schedule = write_file(a.schedule, std::string("schedule {\n" + settings + R"(
      optimizer = adamw { lr = 1e-2 }
      restore_best = false
      max_epochs = 1
      phase head { thaw = "head.**", until = epoch(1) }
    })"));
    const auto result = run_training(a);
    EXPECT_TRUE(result) << result.error().text();
    const auto file = bind::SafetensorsFile::open(a.out + "/model.safetensors");
    return file->read(*file->find("norm.running_mean"));
  };
  EXPECT_TRUE(torch::equal(running_mean("bn_held", "frozen_bn_track_running_stats = false"), torch::zeros({16})));
  EXPECT_FALSE(torch::equal(running_mean("bn_tracks", ""), torch::zeros({16})));
}

TEST(RunTraining, TrainsAModelLibraryLikewise) {
  auto a = arguments("train_library");
  a.model = FTS_TEST_MODEL;
  a.model_arguments = {{"classes", "4"}};
  const auto result = run_training(a);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->epochs, 4);
}

TEST(RunTraining, IsTheSameAgainAndAnotherWithAnotherSeed) {
  const auto a = arguments("seed_a"), b = arguments("seed_b");
  auto c = arguments("seed_c");
  c.seed = 1;
  ASSERT_TRUE(run_training(a) && run_training(b) && run_training(c));
  EXPECT_EQ(model_of(a), model_of(b));
  EXPECT_NE(model_of(a), model_of(c));
}

// The signal is there before the first step: the run makes one, saves and ends; so does each resumed run.
tl::expected<Result, Error> stopped_after_a_step(const RunArguments& a) {
  note_stop_signals();
  std::raise(SIGTERM);
  auto result = run_training(a);
  note_stop_signals();
  return result;
}

// The metrics of every epoch.
std::vector<nlohmann::json> epochs_of(const RunArguments& a) {
  std::vector<nlohmann::json> all;
  std::istringstream lines(text_of(a.out + "/log.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line);
    if (event.at("event") == "epoch") all.push_back(event.at("metrics"));
  }
  return all;
}

TEST(RunTraining, StoppedAndResumedEqualsTheUninterruptedRun) {
  const auto whole = arguments("whole");
  ASSERT_TRUE(run_training(whole));
  auto a = arguments("stopped");
  for (std::int64_t step = 1; step <= 3; ++step) {
    const auto stopped = stopped_after_a_step(a);
    ASSERT_TRUE(stopped) << stopped.error().text();
    ASSERT_TRUE(stopped->stopped);
    EXPECT_EQ(stopped->steps, step);
    EXPECT_EQ(stopped->reason, "stopped by SIGTERM");
    EXPECT_EQ(model_of(a), "");
    a.resume = true;
  }
  const auto result = run_training(a);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_FALSE(result->stopped);
  EXPECT_EQ(result->steps, 20);
  EXPECT_EQ(model_of(a), model_of(whole));
  EXPECT_EQ(epochs_of(a), epochs_of(whole));  // train_loss too, of which the first three are from before the resumes
}

TEST(RunTraining, DoesNotGoOnWithOtherBatchesInTheMiddleOfAnEpoch) {
  auto a = arguments("other_batches");
  ASSERT_TRUE(stopped_after_a_step(a));
  a.resume = true;
  a.batch_size = 4;
  a.shuffle = false;
  const auto result = run_training(a);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().diagnostics.front().code, Code::checkpoint_mismatch);
  EXPECT_THAT(result.error().text(), HasSubstr("--batch-size is 4, but the epoch that goes on began with 8"));
  EXPECT_THAT(result.error().text(), HasSubstr("--no-shuffle"));
}

TEST(RunTraining, GoesOnWithOtherBatchesAfterAnEpoch) {
  auto a = arguments("other_batches_later");
  a.max_epochs = 1;
  ASSERT_TRUE(run_training(a));
  a.resume = true;
  a.max_epochs = 2;
  a.batch_size = 4;
  const auto result = run_training(a);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->steps, 5 + 10);
}

TEST(RunTraining, DryRunTriesABatchAndWritesNothing) {
  auto a = arguments("dry");
  a.dry_run = true;
  testing::internal::CaptureStdout();
  const auto result = run_training(a);
  const auto text = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_THAT(text, HasSubstr("5 batches an epoch"));
  EXPECT_THAT(text, HasSubstr("val_accuracy"));
  EXPECT_FALSE(std::filesystem::exists(a.out));
}

TEST(RunTraining, DoesNotWriteOverARun) {
  const auto a = arguments("taken");
  ASSERT_TRUE(run_training(a));
  const auto again = run_training(a);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().diagnostics.front().code, Code::output_taken);
}

TEST(RunTraining, TellsWhatTheRunWillNotHaveBeforeTheFirstStep) {
  auto a = arguments("no_val");
  a.val.clear();
  const auto result = run_training(a);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().diagnostics.front().code, Code::metric_unavailable);
}

TEST(RunTraining, TellsAllThatIsWrongWithItsFilesAtOnce) {
  auto a = arguments("faults");
  a.model = kScripts + "none.pt";
  a.data += ".none";
  const auto result = run_training(a);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().diagnostics.size(), 2U);
}

TEST(RunTraining, TellsThatDropLastLeavesNoBatch) {
  auto a = arguments("no_batch");
  a.batch_size = 41;
  a.drop_last = true;
  const auto result = run_training(a);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().diagnostics.front().code, Code::data_unusable);
}

TEST(RunTraining, TellsThatAModelReturnsNoLoss) {
  auto a = arguments("logits");
  a.model = kScripts + "logits.pt";
  write_file(a.schedule,
             "schedule {\n  optimizer = sgd { lr = 1e-2 }\n  max_epochs = 1\n"
             "  phase all { thaw = \"**\", until = epoch(1) }\n}\n");
  const auto result = run_training(a);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().diagnostics.front().code, Code::bad_output) << result.error().text();
}

TEST(RunTraining, TellsWhereAModelFails) {
  auto a = arguments("fails");
  a.data = write_data(fresh_folder("fails_data") + "/wide.safetensors",
                      {{"x", torch::zeros({4, 9})}, {"y", torch::zeros({4}, torch::kLong)}});
  const auto result = run_training(a);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().diagnostics.front().code, Code::step_failed);
  EXPECT_THAT(result.error().text(), HasSubstr("self.fc1"));
}

}  // namespace
}  // namespace fts
