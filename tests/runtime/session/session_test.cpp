#include "runtime/session/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>

#include "runtime/checkpoint/folder.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models, plans and loops of the tests
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Session, GoesThroughThreePhasesAndRestoresTheBestOfEach) {
  auto model = seeded_mlp();
  auto recorder = std::make_shared<Recorder>();
  auto session = Session::open(*model, three_phases(*model), quiet({.observers = {recorder}}));
  ASSERT_TRUE(session) << session.error().text();
  std::vector<std::vector<torch::Tensor>> at_start;
  // Phase head: best in epoch 1, cut by epoch 3. Phase fc2: two epochs, the first is better. Phase fc1: plateau.
  train(*session, model, {1.0, 0.8, 0.9, 0.5, 0.6, 0.7, 0.4, 0.45, 0.41},
        [&](Epoch&) { at_start.push_back(weights(*model)); });
  const auto result = session->result();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_THAT(recorder->lines,
              ElementsAre("plan 68/484", "epoch 0 phase head best", "epoch 1 phase head best", "epoch 2 phase head",
                          "move to fc2: epoch 3 is reached; back to 1", "epoch 3 phase fc2 best", "epoch 4 phase fc2",
                          "move to fc1: the phase has had its 2 epochs; back to 3", "epoch 5 phase fc1 best",
                          "epoch 6 phase fc1 best", "epoch 7 phase fc1", "epoch 8 phase fc1",
                          "end: max_epochs: 9 epochs are done; back to 6"));
  EXPECT_EQ(result->epochs, 9);
  EXPECT_EQ(result->steps, 36);
  EXPECT_EQ(result->depth, 2);
  EXPECT_EQ(result->restored, 6);
  ASSERT_EQ(result->moves.size(), 2U);
  // What epoch 2 began with is what epoch 1 ended with, and so what phase fc2 begins with.
  EXPECT_TRUE(same(at_start[3], at_start[2]));
  EXPECT_TRUE(same(at_start[5], at_start[4]));
  EXPECT_TRUE(same(weights(*model), at_start[7]));
}

TEST(Session, WithoutRestoreBestGoesOnFromTheLast) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.schedule.restore_best = false;
  auto session = Session::open(*model, std::move(plan), quiet());
  ASSERT_TRUE(session);
  std::vector<std::vector<torch::Tensor>> at_start;
  train(*session, model, {1.0, 0.8, 0.9}, [&](Epoch&) { at_start.push_back(weights(*model)); });
  EXPECT_FALSE(same(at_start[3], at_start[2]));
  EXPECT_FALSE(session->result()->restored.has_value());
}

TEST(Session, TrainsWhatThePhaseThawsAndNothingElse) {
  auto model = seeded_mlp();
  auto session = Session::open(*model, three_phases(*model), quiet());
  std::vector<std::vector<torch::Tensor>> at_start;
  std::vector<int> trainable;
  train(*session, model, {9, 8, 7, 6, 5, 4, 3, 2, 1}, [&](Epoch&) {
    at_start.push_back(weights(*model));
    int count = 0;
    for (const auto& p : model->parameters()) count += p.requires_grad() ? 1 : 0;
    trainable.push_back(count);
  });
  EXPECT_THAT(trainable, ElementsAre(2, 2, 2, 4, 4, 6, 6, 6, 6));
  EXPECT_TRUE(torch::equal(at_start[0][2], at_start[3][2]));   // fc2 is frozen in phase head
  EXPECT_FALSE(torch::equal(at_start[0][4], at_start[3][4]));  // head is not
  EXPECT_FALSE(torch::equal(at_start[3][2], at_start[5][2]));
  EXPECT_TRUE(torch::equal(at_start[0][0], at_start[5][0]));
}

TEST(Session, AGroupsScheduleStartsWhenTheGroupJoins) {
  auto model = seeded_mlp();
  auto recorder = std::make_shared<Recorder>();
  auto plan = three_phases(*model, "sgd");
  plan.schedule.restore_best = false;
  auto session = Session::open(*model, std::move(plan), quiet({.observers = {recorder}}));
  train(*session, model, {9, 8, 7, 6, 5, 4, 3, 2, 1});
  const auto of_epoch = [&](std::size_t epoch) { return recorder->rates[4 * epoch]; };
  EXPECT_DOUBLE_EQ(of_epoch(0), 0.02 * 0.5);
  EXPECT_NEAR(of_epoch(2), 0.02 * (0.5 + 2 * 0.5 / 3), 1e-15);
  EXPECT_DOUBLE_EQ(of_epoch(3), 0.01 * 0.5);  // the group of phase fc2 begins its own warm-up
  EXPECT_DOUBLE_EQ(of_epoch(5), 0.005 * 0.5);
  EXPECT_NEAR(of_epoch(8), 0.005, 1e-15);
}

TEST(Session, GathersBatchesAndStepsWithTheEpochsLast) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model, "sgd");
  plan.schedule.settings["accumulate_grad_batches"] = 3;
  plan.schedule.max_epochs = 1;
  auto session = Session::open(*model, std::move(plan), quiet());
  train(*session, model, {1});
  EXPECT_EQ(session->result()->steps, 2);  // three batches, then the one that is left
}

TEST(Session, ClipsTheNormOfWhatTrains) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model, "sgd");
  plan.schedule.phases[0].groups[0].arguments = {{"lr", 1.0}, {"weight_decay", 0.0}};
  plan.schedule.phases[0].lr_scheduler.reset();
  plan.schedule.settings["gradient_clip_val"] = 1e-3;
  plan.schedule.max_steps = 1;
  const auto before = weights(*model);
  auto session = Session::open(*model, std::move(plan), quiet());
  train(*session, model, {1});
  const auto after = weights(*model);
  const double moved = std::sqrt((after[4] - before[4]).square().sum().item<double>() +
                                 (after[5] - before[5]).square().sum().item<double>());
  EXPECT_NEAR(moved, 1e-3, 1e-6);
  EXPECT_EQ(session->result()->reason, "max_steps: 1 step is done");
}

TEST(Session, MovesInTheMiddleOfAnEpochWhereTheScheduleSaysSo) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.schedule.phases[0].until = test::step(2);
  plan.schedule.max_epochs = 2;
  auto session = Session::open(*model, std::move(plan), quiet());
  train(*session, model, {1});
  const auto result = session->result();
  ASSERT_TRUE(result);
  ASSERT_EQ(result->moves.size(), 1U);
  EXPECT_EQ(result->moves[0].step, 2);
  EXPECT_EQ(result->moves[0].reason, "step 2 is reached");
}

TEST(Session, KeepsOptimizerStateOfWhatIsFrozenAgain) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.schedule.phases[1].freeze = plan.schedule.phases[0].thaw;
  plan.schedule.restore_best = false;
  plan.schedule.max_epochs = 5;
  const auto folder = fresh_folder("session") + "/run";
  auto session = Session::open(*model, std::move(plan), quiet({.checkpoints = folder}));
  std::vector<torch::Tensor> head;
  train(*session, model, {5, 4, 3, 2, 1}, [&](Epoch&) { head.push_back(model->head->weight.detach().clone()); });
  EXPECT_TRUE(torch::equal(head[3], head[4]));
  EXPECT_FALSE(model->head->weight.requires_grad());
  EXPECT_FALSE(model->head->weight.grad().defined());
  const auto last = checkpoint::load(session->result()->checkpoint);
  ASSERT_TRUE(last) << last.error().text();
  const auto* state = last->optimizer.find("head.weight.step");
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->read().item<float>(), 12.0F);  // three epochs of four steps, and no more
}

TEST(Session, KeepsTheBestOfEachPhaseAndTheLastOnTheDisk) {
  auto model = seeded_mlp();
  const auto folder = fresh_folder("session") + "/run";
  auto session = Session::open(*model, three_phases(*model), quiet({.checkpoints = folder}));
  train(*session, model, {1.0, 0.8, 0.9, 0.5, 0.6, 0.7, 0.4, 0.45, 0.41});
  EXPECT_THAT(checkpoint::list(folder),
              ElementsAre("000002-epoch1", "000004-epoch3", "000007-epoch6", "000009-epoch8"));
  EXPECT_EQ(session->result()->checkpoint, folder + "/000009-epoch8");
}

TEST(Session, WarnsOfWhatGetsNoGradient) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.schedule.max_epochs = 1;
  auto session = Session::open(*model, std::move(plan), quiet());
  for (auto& epoch : session->epochs()) {
    session->step(model->head->weight.sum());
    epoch.finish({{"val_loss", 1.0}});
  }
  const auto result = session->result();
  ASSERT_EQ(result->warnings.size(), 1U);
  EXPECT_EQ(result->warnings[0].message,
            "1 of the 2 parameters that phase 'head' thawed got no gradient in its first step");
  ASSERT_EQ(result->warnings[0].notes.size(), 1U);
  EXPECT_EQ(result->warnings[0].notes[0].message, "'head.bias'");
}

TEST(Session, StopsWhenSomethingElseThawsOrFreezes) {
  auto model = seeded_mlp();
  auto session = Session::open(*model, three_phases(*model), quiet());
  train(*session, model, {1}, [&](Epoch&) {
    model->fc1->weight.set_requires_grad(true);
    model->head->bias.set_requires_grad(false);
  });
  EXPECT_EQ(session->result().error().text(),
            "error[FTS1007]: in phase 'head', epoch 1, what trains differs from the plan in 2 parameters\n"
            "  note: 'fc1.weight' trains and should be frozen\n"
            "  note: 'head.bias' is frozen and should train\n"
            "  help: leave requires_grad to the session; `thaw` and `freeze` of the schedule say what trains\n");
}

TEST(Session, LatchesAFailedStepAndEndsBothLoops) {
  auto model = seeded_mlp();
  auto recorder = std::make_shared<Recorder>();
  auto session = Session::open(*model, three_phases(*model), quiet({.observers = {recorder}}));
  int steps = 0, epochs = 0;
  const auto data = batches();
  for (auto& epoch : session->epochs()) {
    ++epochs;
    for (const auto& batch : epoch.shard(data)) {
      ++steps;
      EXPECT_FALSE(session->step(model(batch.data)));  // no scalar: LibTorch throws
    }
    epoch.finish({{"val_loss", 1.0}});
  }
  EXPECT_EQ(steps, 1);
  EXPECT_EQ(epochs, 1);
  EXPECT_THAT(session->result().error().text(), HasSubstr("error[FTS1005]: training failed in epoch 0, step 0: grad "
                                                          "can be implicitly created only for scalar outputs"));
  EXPECT_THAT(recorder->lines.back(), HasSubstr("end: training failed in epoch 0"));
}

TEST(Session, AsksForTheMetricThatItNeeds) {
  auto model = seeded_mlp();
  auto session = Session::open(*model, three_phases(*model), quiet());
  for (auto& epoch : session->epochs()) epoch.finish({{"val_los", 1.0}});
  EXPECT_EQ(session->result().error().text(),
            "error[FTS1003]: phase 'head' needs the metric 'val_loss', which epoch 0 did not report\n"
            "  help: did you mean 'val_los'?\n");

  auto other = seeded_mlp();
  auto silent = Session::open(*other, three_phases(*other), quiet());
  for ([[maybe_unused]] auto& epoch : silent->epochs()) continue;
  EXPECT_THAT(silent->result().error().text(), HasSubstr("help: call epoch.finish({{\"val_loss\", value}})"));
}

TEST(Session, RefusesCallsOutsideOfAnEpoch) {
  auto model = seeded_mlp();
  auto session = Session::open(*model, three_phases(*model), quiet());
  EXPECT_FALSE(session->step(torch::zeros({})));
  EXPECT_EQ(session->result().error().text(),
            "error[FTS1006]: step() was called outside of an epoch\n  help: call it in the loop over epochs()\n");
}

TEST(Session, RefusesAllThatTheRuntimeLacksAtOnce) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model, "rprop");
  plan.schedule.phases[1].lr_scheduler = plan::Spec{"warm_up", nlohmann::json::object()};
  plan.strategies = {{"flat", "deepspeed", nlohmann::json::object()}};
  plan.parameters[0].shape = {1};
  const auto opened = Session::open(*model, std::move(plan), quiet());
  ASSERT_FALSE(opened);
  std::vector<std::string> messages;
  for (const auto& d : opened.error().diagnostics) messages.push_back(d.message);
  EXPECT_THAT(messages, ElementsAre("the runtime has no adapter 'deepspeed'",
                                    "the program's model differs from the plan's in 1 place",
                                    "the runtime has no optimizer 'rprop'", "there is no scheduler 'warm_up'"));
}

TEST(Session, RefusesAPlanThatBreaksItsRules) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.schedule.phases[1].depth = 7;
  EXPECT_THAT(Session::open(*model, std::move(plan), quiet()).error().text(),
              HasSubstr("error[FTS0901]: the plan breaks its own rules"));
}

TEST(Session, WantsAStrategyToBeChosenAmongSeveral) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.strategies.push_back({"other", "base", nlohmann::json::object()});
  EXPECT_THAT(Session::open(*model, plan, quiet()).error().text(), HasSubstr("help: there are base, other"));
  EXPECT_THAT(Session::open(*model, plan, quiet({.strategy = "x"})).error().text(),
              HasSubstr("the plan has no strategy 'x'"));
  EXPECT_TRUE(Session::open(*model, plan, quiet({.strategy = "other"})));
}

// The head alone under L-BFGS, which computes the loss as often as it likes.
plan::Plan under_lbfgs(const torch::nn::Module& module) {
  auto plan = plan_for(module);
  add_phase(plan, "head", 1, epochs(3)).groups.front().arguments = {{"lr", 1.0}};
  plan.schedule.phases.front().optimizer =
      plan::Spec{"lbfgs", {{"lr", 1.0}, {"max_iter", 4}, {"line_search_fn", "strong_wolfe"}}};
  return plan;
}

TEST(Session, LetsLbfgsComputeTheLossAgain) {
  const auto data = batches(1).front();
  const auto run = [&](Options options, std::int64_t stop) {
    auto model = seeded_mlp();
    auto session = Session::open(*model, under_lbfgs(*model), quiet(std::move(options)));
    EXPECT_TRUE(session) << session.error().text();
    int asked = 0;
    double last = 0;
    for (auto& epoch : session->epochs()) {
      if (epoch.index() == stop) break;
      session->step([&] {
        ++asked;
        auto loss = torch::cross_entropy_loss(model(data.data), data.target);
        last = loss.item<double>();
        return loss;
      });
      epoch.finish();
    }
    EXPECT_GT(asked, session->result()->steps);
    return std::pair{weights(*model), last};
  };
  const auto [whole, last] = run({}, -1);
  EXPECT_LT(last, run({}, 1).second);
  const auto folder = fresh_folder("lbfgs");
  run({.checkpoints = folder}, 2);
  EXPECT_TRUE(same(run({.checkpoints = folder, .resume = folder}, -1).first, whole));
}

TEST(Session, SaysThatLbfgsNeedsAFunction) {
  auto model = seeded_mlp();
  auto session = Session::open(*model, under_lbfgs(*model), quiet());
  train(*session, model);
  EXPECT_THAT(session->result().error().text(), HasSubstr("'lbfgs' computes the loss several times a step"));
  auto gathering = under_lbfgs(*model);
  gathering.schedule.settings["accumulate_grad_batches"] = 2;
  EXPECT_THAT(Session::open(*model, gathering, quiet()).error().text(), HasSubstr("FTS1002"));
}

TEST(Session, TakesLibTorchsDataLoaders) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.schedule.max_epochs = 2;
  auto session = Session::open(*model, std::move(plan), quiet());
  const auto all = batches(1).front();
  struct Rows : torch::data::datasets::Dataset<Rows> {
    Batch all;
    explicit Rows(Batch a) : all(std::move(a)) {}
    torch::data::Example<> get(std::size_t i) override {
      return {all.data[static_cast<std::int64_t>(i)], all.target[static_cast<std::int64_t>(i)]};
    }
    std::optional<std::size_t> size() const override { return 8; }
  };
  auto loader = torch::data::make_data_loader(Rows(all).map(torch::data::transforms::Stack<>()), 4);
  for (auto& epoch : session->epochs()) {
    for (auto& batch : epoch.shard(loader)) session->step(torch::cross_entropy_loss(model(batch.data), batch.target));
    epoch.finish({{"val_loss", 1.0}});
  }
  EXPECT_EQ(session->result()->steps, 4);
}

// Stops in the middle of an epoch and at an epoch's end.
class StoppedSession : public testing::TestWithParam<std::pair<std::int64_t, std::int64_t>> {};

TEST_P(StoppedSession, LeavesACheckpointThatContinuesToTheSameWeights) {
  const std::vector<double> losses = {1.0, 0.8, 0.9, 0.5, 0.6, 0.7, 0.4, 0.45, 0.41};
  auto whole = seeded_mlp();
  auto uninterrupted = Session::open(*whole, three_phases(*whole), quiet());
  train(*uninterrupted, whole, losses);

  const auto folder = fresh_folder("stopped");
  const auto [stop_epoch, stop_step] = GetParam();
  auto model = seeded_mlp();
  auto session = Session::open(*model, three_phases(*model), quiet({.checkpoints = folder}));
  std::int64_t epochs = 0;
  for (auto& epoch : session->epochs()) {
    ++epochs;
    std::int64_t step = 0;
    for (const auto& batch : epoch.shard(batches())) {
      session->step(torch::cross_entropy_loss(model(batch.data), batch.target));
      if (epoch.index() == stop_epoch && ++step == stop_step) session->stop("enough");
    }
    if (epoch.index() == stop_epoch && stop_step == 0) session->stop("enough");
    if (!session->broken_off()) epoch.finish({{"val_loss", losses[static_cast<std::size_t>(epoch.index())]}});
  }
  const auto stopped = session->result();
  ASSERT_TRUE(stopped) << stopped.error().text();
  EXPECT_TRUE(stopped->stopped);
  EXPECT_EQ(stopped->reason, "enough");
  EXPECT_EQ(epochs, stop_epoch + 1);
  EXPECT_FALSE(stopped->restored);

  auto again = seeded_mlp();
  auto resumed = Session::open(*again, three_phases(*again), quiet({.checkpoints = folder, .resume = folder}));
  ASSERT_TRUE(resumed) << resumed.error().text();
  train(*resumed, again, losses);
  EXPECT_FALSE(resumed->result()->stopped);
  EXPECT_TRUE(same(weights(*again), weights(*whole)));
}

INSTANTIATE_TEST_SUITE_P(All, StoppedSession,
                         testing::Values(std::pair{1, 0}, std::pair{1, 2}, std::pair{4, 4}, std::pair{7, 1}));

}  // namespace
}  // namespace fts
