#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/plan/plan_support.hpp"

namespace fts::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Condition::Kind;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Verify, FindsNothingInTheSample) { EXPECT_THAT(verify(sample_plan()), IsEmpty()); }

struct Violation {
  std::string_view what;
  std::function<void(Plan&)> damage;
  std::string_view says;  // the one and only violation
};

class OneViolation : public testing::TestWithParam<Violation> {};

TEST_P(OneViolation, IsReportedAlone) {
  Plan plan = sample_plan();
  GetParam().damage(plan);
  EXPECT_THAT(verify(plan), ElementsAre(std::string(GetParam().says)));
}

Phase& phase(Plan& plan, std::size_t depth) { return plan.schedule.phases[depth]; }
Condition nested(int levels) {
  Condition c = counting(Kind::step, 1);
  for (int i = 0; i < levels; ++i) c = of(Kind::any, {c, counting(Kind::step, 2)});
  return c;
}

const Violation kHeader[] = {
    {"AShortFingerprint", [](Plan& p) { p.graph_fingerprint = "0123"; },
     "graph_fingerprint: not a hash of 32 lower-case hex digits"},
    {"AnUpperCaseHash", [](Plan& p) { p.source_hash[0] = 'F'; }, "source_hash: not a hash of 32 lower-case hex digits"},
    {"AnUnnamedParameter", [](Plan& p) { p.parameters[5].name = ""; }, "parameters[5].name: empty"},
    {"AParameterTwice", [](Plan& p) { p.parameters[5].name = "body.bias"; },
     "parameters[5].name: 'body.bias' is there twice"},
    {"ANegativeSize", [](Plan& p) { p.parameters[5].shape = {-1}; },
     "parameters[5].shape: a size is negative, or there are more than 2^63 - 1 elements"},
    {"AnOverflowingShape",
     [](Plan& p) {
       p.parameters[5].shape = {std::int64_t{1} << 62, 2};
     },
     "parameters[5].shape: a size is negative, or there are more than 2^63 - 1 elements"},
    {"AShapeThatIsNotKnown", [](Plan& p) { p.parameters[1].shape_known = false; },
     "parameters[1].shape: there, though it is not known"},
    {"ATieToALaterParameter", [](Plan& p) { p.parameters[5].tied_to = 5; },
     "parameters[5].tied_to: 5 is no earlier parameter"},
    {"ATieToAnotherShape",
     [](Plan& p) {
       p.parameters[3].shape = {4, 10};
     },
     "parameters[3].tied_to: 'emb.weight' has another shape or dtype"},
    {"ATieToAnotherDtype", [](Plan& p) { p.parameters[3].dtype = graph::DType::f16; },
     "parameters[3].tied_to: 'emb.weight' has another shape or dtype"},
    {"NoStrategy", [](Plan& p) { p.strategies.clear(); }, "strategies: there must be at least one"},
    {"AStrategyTwice", [](Plan& p) { p.strategies.push_back(p.strategies[0]); },
     "strategies[1].name: 'base' is there twice"},
    {"AnUnnamedStrategy", [](Plan& p) { p.strategies[0].name = ""; }, "strategies[0].name: empty"},
    {"AStrategyWithoutAdapter", [](Plan& p) { p.strategies[0].adapter = ""; }, "strategies[0].adapter: empty"},
    {"SettingsThatAreNoObject", [](Plan& p) { p.strategies[0].settings = 3; }, "strategies[0].settings: not an object"},
};
INSTANTIATE_TEST_SUITE_P(Header, OneViolation, testing::ValuesIn(kHeader),
                         [](const auto& test) { return std::string(test.param.what); });

const Violation kSchedule[] = {
    {"AMonitorWithoutMetric", [](Plan& p) { p.schedule.monitor->metric = ""; }, "schedule.monitor.metric: empty"},
    {"ANegativePatience", [](Plan& p) { p.schedule.monitor->patience = -1; },
     "schedule.monitor.patience: -1 is negative"},
    {"AnInfiniteDelta", [](Plan& p) { p.schedule.monitor->min_delta = kInfinity; },
     "schedule.monitor.min_delta: not a finite number"},
    {"AThresholdThatIsNan", [](Plan& p) { p.schedule.monitor->stopping_threshold = kNan; },
     "schedule.monitor.stopping_threshold: not a finite number"},
    {"ADivergenceThatIsNan", [](Plan& p) { p.schedule.monitor->divergence_threshold = kNan; },
     "schedule.monitor.divergence_threshold: not a finite number"},
    {"NegativeEpochs", [](Plan& p) { p.schedule.max_epochs = -2; },
     "schedule.max_epochs: -2 is less than -1 (no limit)"},
    {"NegativeSteps", [](Plan& p) { p.schedule.max_steps = -2; }, "schedule.max_steps: -2 is less than -1 (no limit)"},
    {"ADepthThatIsNoPhase", [](Plan& p) { p.schedule.max_depth = 3; },
     "schedule.max_depth: 3 is no phase; the last is 2"},
    {"ANegativeMaxDepth", [](Plan& p) { p.schedule.max_depth = -1; },
     "schedule.max_depth: -1 is no phase; the last is 2"},
    {"NoPhase", [](Plan& p) { p.schedule.phases.clear(); }, "schedule.phases: there must be at least one"},
    {"AnInfiniteSetting",
     [](Plan& p) {
       p.schedule.settings["a"] = {1, {{"b", kInfinity}}};
     },
     "schedule.settings.a[1].b: not a finite number"},
};
INSTANTIATE_TEST_SUITE_P(Schedule, OneViolation, testing::ValuesIn(kSchedule),
                         [](const auto& test) { return std::string(test.param.what); });

const Violation kPhases[] = {
    {"ADepthThatIsNotThePosition", [](Plan& p) { phase(p, 1).depth = 2; },
     "schedule.phases[1].depth: 2 is not its position, 1"},
    {"AnUnnamedPhase", [](Plan& p) { phase(p, 1).name = ""; }, "schedule.phases[1].name: empty"},
    {"APhaseNameTwice", [](Plan& p) { phase(p, 1).name = "head"; }, "schedule.phases[1].name: 'head' is there twice"},
    {"AnEmptyPhase0",
     [](Plan& p) {
       phase(p, 0).thaw.clear();
       phase(p, 0).groups.clear();
       phase(p, 2).freeze.clear();
     },
     "schedule.phases[0].thaw: phase 0 must train something"},
    {"APositionOutOfRange",
     [](Plan& p) {
       phase(p, 1).thaw = {1, 2, 6};
     },
     "schedule.phases[1].thaw[2]: 6 is no parameter; there are 6"},
    {"PositionsThatDescend",
     [](Plan& p) {
       phase(p, 1).thaw = {2, 1};
     },
     "schedule.phases[1].thaw[1]: 1 does not come after 2"},
    {"APositionTwice",
     [](Plan& p) {
       phase(p, 1).thaw = {1, 1, 2};
     },
     "schedule.phases[1].thaw[1]: 1 does not come after 1"},
    {"AParameterInTwoPhases",
     [](Plan& p) {
       phase(p, 1).thaw = {1, 2, 4};
       phase(p, 1).groups[1].parameters = {2, 4};
     },
     "schedule.phases[1].thaw: 'head.bias' is thawed by phase 0 already"},
    {"ATieThawedWithoutItsAlias", [](Plan& p) { phase(p, 2).thaw = {0}; },
     "schedule.phases[2].thaw: 'emb.weight' is there without 'head.weight', which is tied to it"},
    {"AnAliasFrozenAlone",
     [](Plan& p) {
       phase(p, 0).thaw = {0, 3, 4};
       phase(p, 0).groups[0].parameters = {0, 4};
       phase(p, 2).thaw = {};
       phase(p, 2).groups = {};
       phase(p, 2).freeze = {3};
     },
     "schedule.phases[2].freeze: 'head.weight' is there without 'emb.weight', to which it is tied"},
    {"FreezingWhatWasNeverThawed", [](Plan& p) { phase(p, 2).freeze = {5}; },
     "schedule.phases[2].freeze: 'extra' is thawed by no earlier phase"},
    {"FreezingWhatItThaws", [](Plan& p) { phase(p, 1).freeze = {2}; },
     "schedule.phases[1].freeze: 'body.bias' is thawed by no earlier phase"},
    {"FreezingTwice", [](Plan& p) { phase(p, 1).freeze = {4}; },
     "schedule.phases[2].freeze: 'head.bias' is frozen by phase 1 already"},
};
INSTANTIATE_TEST_SUITE_P(Phases, OneViolation, testing::ValuesIn(kPhases),
                         [](const auto& test) { return std::string(test.param.what); });

const Violation kGroups[] = {
    {"AnUnnamedGroup", [](Plan& p) { phase(p, 1).groups[0].name = ""; }, "schedule.phases[1].groups[0].name: empty"},
    {"AGroupNameTwice", [](Plan& p) { phase(p, 1).groups[0].name = "head"; },
     "schedule.phases[1].groups[0].name: 'head' is there twice"},
    {"AParameterInNoGroup", [](Plan& p) { phase(p, 1).groups.pop_back(); },
     "schedule.phases[1].groups: 'body.bias' is thawed, but in no group"},
    {"AParameterInTwoGroups",
     [](Plan& p) {
       phase(p, 1).groups[0].parameters = {1, 2};
     },
     "schedule.phases[1].groups[1].parameters: 'body.bias' is in another group already"},
    {"AGroupOutsideItsPhase",
     [](Plan& p) {
       phase(p, 1).groups[0].parameters = {1, 4};
     },
     "schedule.phases[1].groups[0].parameters: 'head.bias' is not thawed by this phase"},
    {"AnAliasInAGroup",
     [](Plan& p) {
       phase(p, 2).groups[0].parameters = {0, 3};
     },
     "schedule.phases[2].groups[0].parameters: 'head.weight' is tied; its first name, 'emb.weight', stands for it"},
    {"AGroupOutOfRange",
     [](Plan& p) {
       phase(p, 1).groups[0].parameters = {1, 9};
     },
     "schedule.phases[1].groups[0].parameters[1]: 9 is no parameter; there are 6"},
    {"AGroupThatDescends",
     [](Plan& p) {
       phase(p, 1).groups.pop_back();
       phase(p, 1).groups[0].parameters = {2, 1};
     },
     "schedule.phases[1].groups[0].parameters[1]: 1 does not come after 2"},
    {"AGroupWithoutRate", [](Plan& p) { phase(p, 1).groups[0].arguments.erase("lr"); },
     "schedule.phases[1].groups[0].arguments.lr: a number must be there"},
    {"AGroupWithoutDecay", [](Plan& p) { phase(p, 1).groups[0].arguments["weight_decay"] = "0"; },
     "schedule.phases[1].groups[0].arguments.weight_decay: a number must be there"},
    {"ARateThatIsNan", [](Plan& p) { phase(p, 1).groups[0].arguments["lr"] = kNan; },
     "schedule.phases[1].groups[0].arguments.lr: not a finite number"},
    {"ArgumentsThatAreNoObject", [](Plan& p) { phase(p, 1).groups[0].arguments = nullptr; },
     "schedule.phases[1].groups[0].arguments: not an object"},
};
INSTANTIATE_TEST_SUITE_P(Groups, OneViolation, testing::ValuesIn(kGroups),
                         [](const auto& test) { return std::string(test.param.what); });

const Violation kConditions[] = {
    {"AnUnnamedOptimizer", [](Plan& p) { phase(p, 0).optimizer->name = ""; },
     "schedule.phases[0].optimizer.name: empty"},
    {"AnInfiniteArgument", [](Plan& p) { phase(p, 0).lr_scheduler->arguments["x"] = -kInfinity; },
     "schedule.phases[0].lr_scheduler.arguments.x: not a finite number"},
    {"NoUntil", [](Plan& p) { phase(p, 1).until = Condition{}; }, "schedule.phases[1].until.monitor.metric: empty"},
    {"AnyOfOne", [](Plan& p) { phase(p, 1).until = of(Kind::any, {counting(Kind::epoch, 1)}); },
     "schedule.phases[1].until.operands: 'any' needs at least two"},
    {"AllOfNothing", [](Plan& p) { phase(p, 1).until = of(Kind::all, {}); },
     "schedule.phases[1].until.operands: 'all' needs at least two"},
    {"ALeafWithOperands",
     [](Plan& p) {
       phase(p, 1).until = counting(Kind::epoch, 1);
       phase(p, 1).until.operands.resize(1);
     },
     "schedule.phases[1].until: 'epoch' has no operands"},
    {"ANegativeEpoch", [](Plan& p) { phase(p, 1).until = counting(Kind::epoch, -1); },
     "schedule.phases[1].until.count: -1 is no epoch; they count from 0"},
    {"NoEpochs", [](Plan& p) { phase(p, 1).until = counting(Kind::epochs, 0); },
     "schedule.phases[1].until.count: 0 is less than 1"},
    {"Step0", [](Plan& p) { phase(p, 1).until = counting(Kind::step, 0); },
     "schedule.phases[1].until.count: 0 is less than 1"},
    {"AMetricWithoutName", [](Plan& p) { phase(p, 1).until = reaches("", Condition::Compare::less, 1); },
     "schedule.phases[1].until.metric: empty"},
    {"AnInfiniteThreshold", [](Plan& p) { phase(p, 1).until = reaches("a", Condition::Compare::less, kInfinity); },
     "schedule.phases[1].until.threshold: not a finite number"},
    {"AFaultDeepInATree", [](Plan& p) { phase(p, 0).until.operands[0].monitor.patience = -3; },
     "schedule.phases[0].until.operands[0].monitor.patience: -3 is negative"},
};
INSTANTIATE_TEST_SUITE_P(Conditions, OneViolation, testing::ValuesIn(kConditions),
                         [](const auto& test) { return std::string(test.param.what); });

TEST(Verify, AllowsWhatIsAllowed) {
  Plan plan = sample_plan();
  phase(plan, 0).optimizer.reset();  // the embedding program's; then groups need no rate
  phase(plan, 0).groups[0].arguments = nlohmann::json::object();
  plan.schedule.max_depth = 1;
  phase(plan, 1).groups[0].arguments["lr"] = 0;
  phase(plan, 1).until = nested(31);
  EXPECT_THAT(verify(plan), IsEmpty());
}

TEST(Verify, AsksForNoDecayOfAnOptimizerWithoutIt) {
  Plan plan = sample_plan();
  phase(plan, 2).optimizer = {"rprop", {{"lr", 0.01}}};
  phase(plan, 2).groups[0].arguments = {{"lr", 0.01}};
  EXPECT_THAT(verify(plan), IsEmpty());
}

TEST(Verify, RefusesConditionsThatAreNestedTooDeeply) {
  Plan plan = sample_plan();
  phase(plan, 1).until = nested(32);
  ASSERT_EQ(verify(plan).size(), 1u);
  EXPECT_THAT(verify(plan)[0], testing::EndsWith("nested deeper than 32 levels"));
}

TEST(Verify, ReportsATieOfATie) {
  Plan plan = sample_plan();
  plan.parameters.push_back({"third", {10, 4}, graph::DType::f32, 3});
  EXPECT_THAT(verify(plan),
              testing::Contains("parameters[6].tied_to: 3 is itself tied; the first of them all is named"));
}

TEST(Verify, ReportsAllViolationsAtOnce) {
  Plan plan = sample_plan();
  plan.source_hash.clear();
  plan.parameters[5].name = "";
  plan.schedule.max_epochs = -7;
  phase(plan, 0).groups[0].arguments.erase("lr");
  phase(plan, 1).until = counting(Kind::epochs, 0);
  plan.strategies.clear();
  EXPECT_EQ(verify(plan).size(), 6u);
}

}  // namespace
}  // namespace fts::plan
