#include "compiler/plan/resume.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/plan/plan_support.hpp"

namespace fts::plan {
namespace {

using testing::ElementsAreArray;

struct Edit {
  std::string name;
  std::function<void(Plan&)> edit;
  std::vector<std::string> obstacles;
};

// The run is in phase 1 (body) of the sample plan.
const std::vector<Edit> kEdits = {
    {"NothingIsAnObstacleWhereNothingChanged", [](Plan&) {}, {}},
    {"APhaseToComeMayChange",
     [](Plan& p) {
       p.schedule.phases[2].name = "everything";
       p.schedule.phases[2].groups[0].arguments["lr"] = 1.0;
       p.schedule.phases[2].optimizer.reset();
     },
     {}},
    {"APhaseMayBeAdded", [](Plan& p) { p.schedule.phases.push_back(p.schedule.phases[2]); }, {}},
    {"ALaterPhaseMayGo", [](Plan& p) { p.schedule.phases.pop_back(); }, {}},
    {"TheLengthOfTheRunMayChange",
     [](Plan& p) {
       p.schedule.max_epochs = 80;
       p.schedule.max_steps = 7;
     },
     {}},
    {"TheNumbersOfThePresentConditionMayChange", [](Plan& p) { p.schedule.phases[1].until.operands[1].count = 9; }, {}},
    {"WhatAPastPhaseWaitedForMayChange",
     [](Plan& p) { p.schedule.phases[0].until = counting(Condition::Kind::epoch, 1); },
     {}},
    {"WhatIsKeptMayChange",
     [](Plan& p) {
       p.schedule.settings["checkpoint"] = {{"save_top_k", 3}};
     },
     {}},
    {"TheStrategyMayChange", [](Plan& p) { p.strategies[0].adapter = "fsdp"; }, {}},
    {"AnotherFormOfThePresentCondition",
     [](Plan& p) { p.schedule.phases[1].until = plateau("val_loss", 2); },
     {"phase 'body': until was val/acc >= 0.9 and 4 epochs, is plateau(val_loss, patience 2)"}},
    {"ARateOfAPhaseThatWasEntered",
     [](Plan& p) { p.schedule.phases[1].groups[1].arguments["lr"] = 3e-5; },
     {"group 'body.no_decay': lr was 2e-05, is 3e-05"}},
    {"AGroupIsGone", [](Plan& p) { p.schedule.phases[1].groups.pop_back(); }, {"group 'body.no_decay' is gone"}},
    {"AParameterChangesItsGroup",
     [](Plan& p) {
       p.schedule.phases[1].groups = {{"body", {1, 2}, p.schedule.phases[1].groups[0].arguments}};
     },
     {"group 'body' has gained 'body.bias'", "group 'body.no_decay' is gone"}},
    {"AnotherName", [](Plan& p) { p.schedule.phases[0].name = "classifier"; }, {"phase 0 was 'head', is 'classifier'"}},
    {"AnotherOptimizer",
     [](Plan& p) { p.schedule.phases[0].optimizer->name = "sgd"; },
     {"phase 'head': optimizer was adamw, is sgd"}},
    {"AnotherArgumentOfTheOptimizer",
     [](Plan& p) {
       p.schedule.phases[0].optimizer->arguments["betas"] = {0.8, 0.999};
     },
     {"phase 'head': optimizer: betas was [0.9,0.999], is [0.8,0.999]"}},
    {"ASchedulerIsGone",
     [](Plan& p) { p.schedule.phases[1].lr_scheduler.reset(); },
     {"phase 'body': lr_scheduler was cosine_annealing_warm_restarts, is none"}},
    {"MoreIsThawed",
     [](Plan& p) {
       p.schedule.phases[1].thaw = {1, 2, 5};
     },
     {"phase 'body': thaw has gained 'extra'"}},
    {"AnotherModel",
     [](Plan& p) {
       p.parameters[1].shape = {8, 4};
       p.parameters[3].tied_to.reset();
       p.parameters[5].name = "other";
     },
     {"parameter 'body.weight' was [4, 4] f32, is [8, 4] f32",
      "parameter 'head.weight' was tied to 'emb.weight', is not tied", "parameter 'extra' is gone",
      "parameter 'other' is new"}},
    {"TheOrderOfTheParametersDoesNotMatter",
     [](Plan& p) {
       std::swap(p.parameters[1], p.parameters[5]);
       p.schedule.phases[1].thaw = {2, 5};
       p.schedule.phases[1].groups[0].parameters = {5};
     },
     {}},
    {"AnotherSetting",
     [](Plan& p) { p.schedule.settings["gradient_clip_val"] = 2.0; },
     {"gradient_clip_val was 1.0, is 2.0"}},
    {"AnotherMonitor",
     [](Plan& p) { p.schedule.monitor->maximize = true; },
     {"monitor was val_loss (min), is val_loss (max)"}},
    {"ADepthThatHasBeenPassed",
     [](Plan& p) { p.schedule.max_depth = 0; },
     {"max_depth is 0, and the run is at depth 1"}},
    {"ThePresentPhaseIsGone",
     [](Plan& p) { p.schedule.phases.resize(1); },
     {"phase 'body' is gone, and the run has entered it"}},
};

class ResumeObstacles : public testing::TestWithParam<Edit> {};

TEST_P(ResumeObstacles, AreTold) {
  auto now = sample_plan();
  GetParam().edit(now);
  std::vector<std::string> texts;
  for (const auto& obstacle : resume_obstacles({.plan = sample_plan(), .depth = 1, .ended = {}}, now, 1))
    texts.push_back(obstacle.text);
  EXPECT_THAT(texts, ElementsAreArray(GetParam().obstacles));
}

INSTANTIATE_TEST_SUITE_P(Of, ResumeObstacles, testing::ValuesIn(kEdits), [](const auto& c) { return c.param.name; });

TEST(ResumeObstacles, OfTheWorldStandOnlyInTheMiddleOfAnEpoch) {
  const auto plan = sample_plan();
  EXPECT_TRUE(resume_obstacles({.plan = plan, .world = 4, .ended = {}}, plan, 2).empty());
  const auto found = resume_obstacles({.plan = plan, .in_epoch = true, .world = 4, .ended = {}}, plan, 2);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "4 processes were in the middle of an epoch, 2 would go on");
}

TEST(ResumeObstacles, ARunThatItsStepsEndedInAnEpochEndsThere) {
  const auto plan = sample_plan();
  auto longer = plan;
  longer.schedule.max_steps = 20;
  ResumePoint at{.plan = plan, .ended = "max_steps: 10 steps are done", .cut = true};
  EXPECT_TRUE(resume_obstacles(at, plan, 1).empty());
  EXPECT_EQ(resume_obstacles(at, longer, 1).at(0).text,
            "max_steps was -1, is 20, and the run has ended (max_steps: 10 steps are done)");
  at.cut = false;  // at an epoch's end, where it can go on
  EXPECT_TRUE(resume_obstacles(at, longer, 1).empty());
  at.ended = "plateau: val_loss has not improved for 2 epochs";
  EXPECT_EQ(resume_obstacles(at, longer, 1).size(), 1U);
}

TEST(ResumeError, CountsWhatDoesNotFit) {
  std::vector<Obstacle> many(30, {-1, "parameter 'x' is gone"});
  const auto error = resume_error("runs/a/000001-epoch0", many);
  EXPECT_EQ(error.diagnostics.front().notes.size(), 13U);
  EXPECT_EQ(error.diagnostics.front().notes.back().message, "… and 18 more");
}

}  // namespace
}  // namespace fts::plan
