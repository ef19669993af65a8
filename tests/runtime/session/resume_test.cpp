// A run that is thrown away and resumed must give, bit for bit, what an uninterrupted run gives. The model has a
// dropout, so that the random generator counts too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>

#include "runtime/checkpoint/folder.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models, plans and loops of the tests
using testing::HasSubstr;

struct Outcome {
  std::vector<torch::Tensor> weights;
  std::string reason;
  std::vector<std::string> moves;
};

// Leaves the loop after `epochs` epochs and `steps` steps of the next one, as a killed program would.
struct Stop {
  std::int64_t epoch = 1000;
  std::int64_t batch = 0;
  bool save = false;  // as a program that is told to stop
};

Outcome run(plan::Plan plan, const Options& options, Stop stop = {}) {
  auto model = seeded_mlp(0.3);
  if (!options.resume.empty()) torch::manual_seed(12345);  // whatever the generator was in the new process
  auto session = Session::open(*model, std::move(plan), quiet(options));
  EXPECT_TRUE(session) << session.error().text();
  const auto data = batches();
  for (auto& epoch : session->epochs()) {
    std::int64_t batch_index = epoch.start_step();
    if (epoch.index() == stop.epoch && stop.batch == 0) break;
    model->train();
    bool killed = false;
    for (const auto& batch : epoch.shard(data)) {
      session->step(torch::cross_entropy_loss(model(batch.data), batch.target));
      killed = epoch.index() == stop.epoch && ++batch_index == stop.batch;
      if (!killed) continue;
      if (stop.save) {
        EXPECT_TRUE(session->save());
      }
      break;
    }
    if (killed) return {};
    const torch::NoGradGuard no_grad;
    model->eval();
    double loss = 0;
    for (const auto& batch : data) loss += torch::cross_entropy_loss(model(batch.data), batch.target).item<double>();
    epoch.finish({{"val_loss", loss}});
  }
  const auto result = session->result();
  EXPECT_TRUE(result) << result.error().text();
  Outcome outcome{weights(*model), result->reason, {}};
  for (const auto& move : result->moves) outcome.moves.push_back(move.reason);
  return outcome;
}

plan::Plan plan_of_test(const std::string& optimizer) {
  auto model = seeded_mlp(0.3);
  auto plan = three_phases(*model, optimizer);
  if (optimizer == "sgd") plan.schedule.phases[0].optimizer->arguments["momentum"] = 0.9;
  return plan;
}

class ResumeAtEpoch : public testing::TestWithParam<std::string> {};

TEST_P(ResumeAtEpoch, GivesWhatAnUninterruptedRunGives) {
  const auto plan = plan_of_test(GetParam());
  const auto whole = run(plan, {});
  ASSERT_EQ(whole.moves.size(), 2U);
  for (std::int64_t epoch = 1; epoch < 9; ++epoch) {
    const auto folder = fresh_folder("resume") + "/run";
    run(plan, {.checkpoints = folder}, {epoch, 0});
    const auto resumed = run(plan, {.checkpoints = folder, .resume = folder});
    EXPECT_TRUE(same(resumed.weights, whole.weights)) << "killed before epoch " << epoch;
    EXPECT_EQ(resumed.reason, whole.reason);
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, ResumeAtEpoch, testing::Values("adamw", "sgd"),
                         [](const auto& c) { return c.param; });

TEST(Resume, GoesOnBehindTheStepsThatEndedARunAtAnEpochsEnd) {
  const auto plan = plan_of_test("adamw");
  const auto whole = run(plan, {});
  const auto folder = fresh_folder("resume") + "/run";
  auto shorter = plan;
  shorter.schedule.max_steps = 16;  // four epochs
  EXPECT_EQ(run(shorter, {.checkpoints = folder}).reason, "max_steps: 16 steps are done");
  const auto resumed = run(plan, {.checkpoints = folder, .resume = folder});
  EXPECT_TRUE(same(resumed.weights, whole.weights));
  EXPECT_EQ(resumed.reason, whole.reason);
}

TEST(Resume, InTheMiddleOfAnEpochGivesTheSameToo) {
  auto plan = plan_of_test("adamw");
  plan.schedule.settings["checkpoint"] = {{"every_n_steps", 3}};
  plan.schedule.phases[1].until = test::step(18);
  const auto whole = run(plan, {});
  for (const Stop stop : {Stop{0, 3}, Stop{1, 1}, Stop{1, 3}, Stop{2, 2}, Stop{4, 3}, Stop{6, 1}}) {
    const auto folder = fresh_folder("resume") + "/run";
    run(plan, {.checkpoints = folder}, stop);
    const auto resumed = run(plan, {.checkpoints = folder, .resume = folder});
    EXPECT_TRUE(same(resumed.weights, whole.weights)) << "killed in epoch " << stop.epoch << " after " << stop.batch;
  }
}

// Session::save between any two steps, in the middle of a gathering of batches too.
TEST(Resume, WhereTheProgramSavedGivesTheSameToo) {
  auto plan = plan_of_test("adamw");
  plan.schedule.settings["accumulate_grad_batches"] = 3;
  plan.schedule.settings["checkpoint"] = {{"every_n_epochs", 100}};
  const auto whole = run(plan, {});
  for (const Stop stop : {Stop{0, 1}, Stop{0, 2}, Stop{0, 3}, Stop{2, 2}, Stop{3, 4}, Stop{5, 1}}) {
    const auto folder = fresh_folder("resume") + "/run";
    auto asked = stop;
    asked.save = true;
    run(plan, {.checkpoints = folder}, asked);
    const auto resumed = run(plan, {.checkpoints = folder, .resume = folder});
    EXPECT_TRUE(same(resumed.weights, whole.weights)) << "saved in epoch " << stop.epoch << " after " << stop.batch;
  }
}

TEST(Resume, OftenGivesTheSameToo) {
  const auto plan = plan_of_test("adamw");
  const auto whole = run(plan, {});
  const auto folder = fresh_folder("resume") + "/run";
  run(plan, {.checkpoints = folder}, {1, 0});
  for (std::int64_t epoch = 2; epoch < 9; ++epoch) run(plan, {.checkpoints = folder, .resume = folder}, {epoch, 2});
  EXPECT_TRUE(same(run(plan, {.checkpoints = folder, .resume = folder}).weights, whole.weights));
}

TEST(Resume, OfAFinishedRunEndsAtOnce) {
  const auto plan = plan_of_test("adamw");
  const auto folder = fresh_folder("resume") + "/run";
  const auto whole = run(plan, {.checkpoints = folder});
  const auto again = run(plan, {.checkpoints = folder, .resume = folder});
  EXPECT_TRUE(same(again.weights, whole.weights));
  EXPECT_EQ(again.reason, whole.reason);
}

TEST(Resume, MayTrainLonger) {
  auto plan = plan_of_test("adamw");
  const auto whole = run(plan, {});
  auto shorter = plan;
  shorter.schedule.max_epochs = 4;
  const auto folder = fresh_folder("resume") + "/run";
  run(shorter, {.checkpoints = folder});
  EXPECT_TRUE(same(run(plan, {.checkpoints = folder, .resume = folder}).weights, whole.weights));
}

TEST(Resume, BeginsAnewWhereTheRunWasKilledBeforeItsFirstCheckpoint) {
  const auto plan = plan_of_test("adamw");
  const auto folder = fresh_folder("resume") + "/run";
  EXPECT_EQ(run(plan, {.checkpoints = folder, .resume = folder}).moves.size(), 2U);
}

TEST(Resume, FollowsAnEditOfAPhaseToCome) {
  auto plan = plan_of_test("adamw");
  auto edited = plan;
  edited.schedule.phases[2].groups[0].arguments["lr"] = 0.5;
  edited.schedule.phases[2].name = "all";
  const auto folder = fresh_folder("resume") + "/run";
  run(plan, {.checkpoints = folder}, {2, 0});
  const auto resumed = run(edited, {.checkpoints = folder, .resume = folder});
  EXPECT_TRUE(same(resumed.weights, run(edited, {}).weights));
}

TEST(Resume, RefusesAnotherPlanLineByLine) {
  auto plan = plan_of_test("adamw");
  const auto folder = fresh_folder("resume") + "/run";
  run(plan, {.checkpoints = folder}, {4, 0});
  plan.schedule.phases[0].groups[0].arguments["lr"] = 0.5;
  plan.schedule.phases[1].name = "middle";
  auto model = seeded_mlp(0.3);
  const auto path = folder + "/" + checkpoint::list(folder).back();
  EXPECT_EQ(
      Session::open(*model, plan, quiet({.resume = folder})).error().text(),
      "error[FTS1102]: the checkpoint '" + path +
          "' cannot follow this plan\n"
          "  note: group 'head': lr was 0.02, is 0.5\n"
          "  note: phase 1 was 'fc2', is 'middle'\n"
          "  help: undo these changes, or start a new run; phases to come and the length of the run may change\n");
}

TEST(Resume, RefusesACheckpointWhoseBestEpochIsNotThere) {
  const auto plan = plan_of_test("adamw");
  const auto folder = fresh_folder("resume") + "/run";
  const auto alone = fresh_folder("resume_alone");
  run(plan, {.checkpoints = folder}, {2, 2, true});
  const auto names = checkpoint::list(folder);
  ASSERT_GT(names.size(), 1U);  // the best and the last
  std::filesystem::copy(folder + "/" + names.back(), alone + "/" + names.back());
  auto model = seeded_mlp(0.3);
  EXPECT_THAT(Session::open(*model, plan, quiet({.resume = alone})).error().text(),
              testing::AllOf(HasSubstr("FTS1102"), HasSubstr("the best epoch so far is in '"),
                             HasSubstr("which is not there")));
}

TEST(Resume, RefusesADamagedCheckpointAndAFolderWithout) {
  const auto plan = plan_of_test("adamw");
  const auto folder = fresh_folder("resume") + "/run";
  run(plan, {.checkpoints = folder}, {2, 0});
  const auto file = folder + "/" + checkpoint::list(folder).back() + "/model.safetensors";
  std::filesystem::resize_file(file, 1000);
  auto model = seeded_mlp(0.3);
  EXPECT_THAT(Session::open(*model, plan, quiet({.resume = folder})).error().text(),
              HasSubstr("error[FTS1101]: the checkpoint '"));
  EXPECT_THAT(Session::open(*model, plan, quiet({.resume = folder})).error().text(),
              HasSubstr(file + "' ends at byte 1000"));
  EXPECT_THAT(Session::open(*model, plan, quiet({.resume = folder + "x"})).error().text(),
              HasSubstr("there is no checkpoint in '"));
}

}  // namespace
}  // namespace fts
