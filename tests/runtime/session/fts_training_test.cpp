// `compat = fts`: groups and rates as Python FTS leaves them. Whole recorded runs are fts-oracle's; here a quirk a
// test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/session/training.hpp"
#include "tests/runtime/support/training_stage.hpp"

namespace fts::session {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

// The three-phase plan of the other tests under `compat = fts`, without restore_best unless a test sets it.
struct Stage : TrainingStage {
  explicit Stage(bool fts = true) {
    plan.schedule.compat_fts = fts;
    plan.schedule.restore_best = false;
    plan.schedule.phases[0].lr_scheduler = plan::Spec{"cosine_annealing", {{"T_max", 6}}};
    for (auto& phase : plan.schedule.phases) {
      for (auto& group : phase.groups) group.arguments["lr"] = phase.depth == 0 ? 0.05 : 0.02;
    }
    plan.schedule.phases[0].optimizer->arguments.update({{"lr", 0.05}, {"momentum", 0.9}});
  }
  void begin() {
    training = Training::make(plan.schedule, *adapter, {});
    training->enter(plan.schedule.phases[0]);
  }
  void epochs(int count) {
    for (int i = 0; i < count; ++i) training->step_schedule(rates::Pace::Interval::epoch, 1, 0);
  }
  void move(int depth) {
    training->leave();
    training->enter(plan.schedule.phases[static_cast<std::size_t>(depth)]);
  }
  [[nodiscard]] const rates::Rate& rate(std::size_t group) const { return training->optimizer().groups()[group].rate; }
};

TEST(FtsTraining, StepsAClosedFormRecursivelyForALateGroupWhichOvershootsEightfold) {
  Stage fts;
  Stage native(false);
  for (auto* stage : {&fts, &native}) {
    stage->begin();
    stage->epochs(6);
    stage->move(1);
    stage->epochs(3);
  }
  EXPECT_NEAR(fts.rate(1).lr / 0.02, 8, 0.05);
  EXPECT_NEAR(native.rate(1).lr / 0.02, 0.5, 1e-9);  // half of its own cosine
}

TEST(FtsTraining, ANewOptimizerGoesOnWithThePresentRatesOfTheGroupsThereAre) {
  const plan::Spec adamw{"adamw", {{"lr", 0.004}, {"weight_decay", 0.01}}};
  Stage fts;
  Stage native(false);
  for (auto* stage : {&fts, &native}) {
    stage->plan.schedule.phases[1].optimizer = adamw;
    stage->begin();
    stage->move(1);
    EXPECT_EQ(stage->training->optimizer().spec().name, "adamw");
  }
  EXPECT_EQ(fts.rate(0).lr, 0.05);
  EXPECT_EQ(fts.rate(0).initial_lr, 0.004);  // …from which a later scheduler begins
  EXPECT_EQ(native.rate(0).lr, 0.004);
}

TEST(FtsTraining, AppliedLambdasScaleTheInitialRateOfANewGroupToo) {
  Stage fts;
  fts.plan.schedule.settings["apply_lambdas_new_pgs"] = true;
  fts.plan.schedule.phases[0].lr_scheduler = plan::Spec{"lambda", {{"lr_lambda", {"**", 0.5, "epoch"}}}};
  fts.begin();
  EXPECT_EQ(fts.rate(0).initial_lr, 0.1);  // phase 0 is overridden while `last_epoch` is -1
  EXPECT_EQ(fts.rate(0).lr, 0.05);
  fts.epochs(2);
  fts.move(1);
  EXPECT_EQ(fts.rate(1).lr, 0.005);
  EXPECT_EQ(fts.rate(1).initial_lr, 0.005);
}

TEST(FtsTraining, GroupsOfTheBestCheckpointUnderAnotherOptimizerStopTheNextStep) {
  Stage fts;
  fts.plan.schedule.restore_best = true;
  fts.plan.schedule.phases[1].optimizer = plan::Spec{"adamw", {{"lr", 0.004}}};
  fts.begin();
  const auto best = fts.training->state();
  const auto back_to_best = [&] {
    fts.training->leave();
    ASSERT_TRUE(fts.training->return_to(best, {}));
  };
  back_to_best();
  fts.training->enter(fts.plan.schedule.phases[1]);
  EXPECT_FALSE(fts.training->fault());  // made anew
  back_to_best();
  fts.training->enter(fts.plan.schedule.phases[2]);
  ASSERT_TRUE(fts.training->fault());
  EXPECT_THAT(fts.training->fault()->text(), HasSubstr("groups that are not those of 'adamw'"));
}

TEST(FtsTraining, PhasesBehindTheBestOneAreAddedAgainWithTheRatesTheyHad) {
  Stage fts;
  fts.plan.schedule.restore_best = true;
  fts.plan.schedule.phases[0].lr_scheduler = plan::Spec{"step", {{"step_size", 1}, {"gamma", 0.5}}};
  fts.begin();
  const auto best = fts.training->state();
  for (int depth = 1; depth <= 2; ++depth) {
    fts.epochs(1);
    fts.training->leave();
    ASSERT_TRUE(fts.training->return_to(best, {}));
    fts.training->enter(fts.plan.schedule.phases[static_cast<std::size_t>(depth)]);
  }
  std::vector<double> lrs;
  for (const auto* rate : fts.training->optimizer().rates()) lrs.push_back(rate->lr);
  EXPECT_THAT(lrs, ElementsAre(DoubleEq(0.0125), DoubleEq(0.01), DoubleEq(0.02)));
}

}  // namespace
}  // namespace fts::session
