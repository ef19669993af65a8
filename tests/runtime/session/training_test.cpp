#include "runtime/session/training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/runtime/support/training_stage.hpp"

namespace fts::session {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests
using testing::ElementsAre;

struct Stage : TrainingStage {
  // Enters the phases so far with two epochs in each.
  void enter(std::size_t count) {
    training = Training::make(plan.schedule, *adapter, {});
    for (std::size_t d = 0; d < count; ++d) {
      training->enter(plan.schedule.phases[d]);
      if (d + 1 == count) break;
      for (int epoch = 1; epoch <= 2; ++epoch) training->step_schedule(rates::Pace::Interval::epoch, epoch, 0);
    }
  }
  std::vector<double> rates() {
    std::vector<double> all;
    for (const auto* rate : training->optimizer().rates()) all.push_back(rate->lr);
    return all;
  }
};

TEST(Training, ANewSchedulerBeginsAtTheInitialRates) {
  Stage s;
  s.plan.schedule.phases[1].lr_scheduler = plan::Spec{"step", {{"step_size", 1}, {"gamma", 0.5}}};
  s.enter(2);
  EXPECT_THAT(s.rates(), ElementsAre(0.02, 0.01));
}

TEST(Training, ANewSchedulerMayBeginAtThePresentRates) {
  Stage s;
  s.plan.schedule.phases[1].lr_scheduler =
      plan::Spec{"step", {{"step_size", 1}, {"use_current_optimizer_pg_lrs", true}}};
  s.enter(2);
  EXPECT_DOUBLE_EQ(s.rates()[0], 0.02 * 0.5 * (1 + 0.5 / 1.5) * (1 + 0.5 / 2));
  EXPECT_EQ(s.training->optimizer().groups()[0].rate.initial_lr, s.rates()[0]);
}

TEST(Training, ANewSchedulerMayBeginAtGivenRates) {
  Stage s;
  s.plan.schedule.phases[1].lr_scheduler = plan::Spec{"step", {{"step_size", 1}, {"init_pg_lrs", {0.7, 0.3}}}};
  s.enter(2);
  EXPECT_THAT(s.rates(), ElementsAre(0.7, 0.3));
}

TEST(Training, ANewOptimizerTakesTheGroupsOverWithItsOwnRate) {
  Stage s;
  s.plan.schedule.phases[0].lr_scheduler.reset();
  s.plan.schedule.phases[0].groups[0].arguments["weight_decay"] = 0.0;
  s.plan.schedule.phases[1].optimizer = plan::Spec{"adamw", {{"lr", 0.004}, {"weight_decay", 0.2}}};
  s.enter(2);
  const auto& groups = s.training->optimizer().groups();
  EXPECT_EQ(s.training->optimizer().spec().name, "adamw");
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].rate.lr, 0.004);
  EXPECT_EQ(groups[0].weight_decay, 0.0);  // what is not to decay still does not
  EXPECT_EQ(groups[1].rate.lr, 0.01);      // the new phase's own
  EXPECT_EQ(groups[1].weight_decay, 0.01);
}

TEST(Training, StateComesBackThroughJsonText) {
  Stage a, b;
  a.enter(3);
  b.enter(3);
  for (int epoch = 1; epoch <= 5; ++epoch) a.training->step_schedule(rates::Pace::Interval::epoch, epoch, 0);
  ASSERT_TRUE(b.training->resume(nlohmann::json::parse(a.training->state().dump()), b.training->optimizer().state()));
  EXPECT_EQ(a.rates(), b.rates());
  a.training->step_schedule(rates::Pace::Interval::epoch, 1, 0);
  b.training->step_schedule(rates::Pace::Interval::epoch, 1, 0);
  EXPECT_EQ(a.rates(), b.rates());
}

TEST(Training, RefusesTheStateOfOtherGroups) {
  Stage a, b;
  a.enter(3);
  b.enter(2);
  EXPECT_EQ(b.training->resume(a.training->state(), {}).error(), "it has 3 groups of sgd, the schedule has 2 of sgd");
  auto state = b.training->state();
  state["groups"][1]["name"] = "other";
  EXPECT_EQ(b.training->resume(state, {}).error(), "its group 1 is 'other', the schedule's is 'fc2'");
}

TEST(Training, WantsAnOptimizerForTheFirstPhase) {
  Stage s;
  s.plan.schedule.phases[0].optimizer.reset();
  EXPECT_EQ(Training::check(s.plan.schedule, {}).error().text(),
            "error[FTS1002]: the schedule names no optimizer for its first phase\n"
            "  help: write `optimizer = adamw { … }` in the schedule, or give the session the program's own\n");
}

}  // namespace
}  // namespace fts::session
