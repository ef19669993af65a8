// From checked files to plans: groups, rates, conditions, defaults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/graph/graph.hpp"
#include "tests/support/compiling.hpp"
#include "tests/support/golden.hpp"

namespace fts {
namespace {

using nlohmann::json;
using plan::Condition;

plan::Plan plan_of(const std::string& schedule, const std::string& model = "minilm-classifier") {
  const auto result = test::compile_text("schedule {\n" + schedule + "\n}\n", model);
  EXPECT_TRUE(result.plan) << test::rendered(result);
  EXPECT_THAT(plan::verify(*result.plan), testing::IsEmpty());
  return *result.plan;
}

const std::string kOpt = "monitor = val_loss { patience = 2 }\noptimizer = adamw { lr = 1e-3, weight_decay = 0.1 }\n";

TEST(Groups, TheFirstPhaseHasTheOptimizersRateAndLaterOnesBaseMaxLr) {
  const auto plan = plan_of(
      kOpt +
      "phase a { thaw = \"classifier.**\" }\nphase b { thaw = \"pooler.**\" }\nphase c { thaw = rest, lr = 5e-4 }");
  EXPECT_EQ(plan.schedule.phases[0].groups[0].arguments, json({{"lr", 1e-3}, {"weight_decay", 0.1}}));
  EXPECT_EQ(plan.schedule.phases[1].groups[0].arguments, json({{"lr", 1e-5}, {"weight_decay", 0.1}}));
  EXPECT_EQ(plan.schedule.phases[2].groups[0].arguments, json({{"lr", 5e-4}, {"weight_decay", 0.1}}));
}

TEST(Groups, NoDecaySplitsEachOfThem) {
  const auto plan = plan_of(kOpt +
                            "no_decay = \"**.bias\"\nphase a { thaw = \"classifier.**\" }\nphase b { thaw = "
                            "types(\"LayerNorm\") & \"**.bias\" }\nphase c { thaw = rest }");
  const auto& first = plan.schedule.phases[0].groups;
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].name, "a.no_decay");
  EXPECT_EQ(first[1].arguments.at("weight_decay"), 0.0);
  EXPECT_EQ(plan.schedule.phases[1].groups.size(), 1U) << "an empty half is left out";
}

TEST(Schedulers, OnAPlateauWatchTheSchedulesMetricUnlessTheySayAnother) {
  const std::string best = "monitor = accuracy { mode = max }\noptimizer = sgd { lr = 1 }\n";
  const auto of = [&](const std::string& scheduler) {
    return plan_of(best + "lr_scheduler = " + scheduler + "\nphase a { thaw = all }").schedule.phases[0].lr_scheduler;
  };
  EXPECT_EQ(of("reduce_on_plateau { patience = 1 }")->arguments.at("monitor"), "accuracy");
  EXPECT_EQ(of("reduce_on_plateau { patience = 1 }")->arguments.at("mode"), "max");
  EXPECT_EQ(of("reduce_on_plateau { monitor = val_loss }")->arguments.at("monitor"), "val_loss");
}

TEST(Groups, UnderFtsAreThoseOfFts) {
  const auto plan = plan_of(kOpt +
                            "compat = fts\nbase_max_lr = 2e-4\nno_decay = \"**.bias\"\nphase a { thaw = "
                            "\"classifier.**\", lr = 0.5 }\nphase b {\nthaw = types(\"LayerNorm\") & \"**.bias\"\n"
                            "optimizer = sgd { lr = 0.1 }\n}\nphase c { thaw = rest }");
  const auto& phases = plan.schedule.phases;
  EXPECT_EQ(phases[0].groups[0].arguments.at("lr"), 1e-3) << "phase 0's own rate is dropped";
  ASSERT_EQ(phases[1].groups.size(), 2U) << "an empty half is a group too";
  EXPECT_EQ(phases[1].groups[1].arguments.at("lr"), 2e-4) << "the rate of a new optimizer is not used";
}

TEST(Groups, OfAPhaseTakeTheirSettingsAndLeaveTheRestToThePhase) {
  const auto plan = plan_of(kOpt +
                            "phase a {\n thaw = \"classifier.**\" | \"pooler.**\"\n lr = 1e-2\n groups { \"pooler.**\" "
                            "=> { lr = 1e-4, eps = 1e-6 } }\n}\nphase b { thaw = rest }");
  const auto& groups = plan.schedule.phases[0].groups;
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].name, "a.0");
  EXPECT_EQ(groups[0].arguments, json({{"lr", 1e-4}, {"eps", 1e-6}, {"weight_decay", 0.1}}));
  EXPECT_EQ(groups[1].arguments, json({{"lr", 1e-2}, {"weight_decay", 0.1}}));
}

TEST(Groups, HoldATiedTensorOnceAndThawItUnderAllItsNames) {
  const auto plan = plan_of(kOpt + "phase a { thaw = \"lm_head.weight\" }\nphase b { thaw = rest }", "tiny-gpt2");
  EXPECT_EQ(plan.schedule.phases[0].thaw.size(), 2U);
  ASSERT_EQ(plan.schedule.phases[0].groups[0].parameters.size(), 1U);
  EXPECT_EQ(plan.parameters[plan.schedule.phases[0].groups[0].parameters[0]].name, "transformer.wte.weight");
}

TEST(Optimizers, ANewOnesOwnRateIsUsedForItsPhase) {
  const auto plan = plan_of(
      kOpt +
      "phase a { thaw = \"classifier.**\" }\nphase b { thaw = rest, optimizer = sgd { lr = 0.25, momentum = 0.9 } }");
  EXPECT_EQ(plan.schedule.phases[0].optimizer->name, "adamw");
  EXPECT_EQ(plan.schedule.phases[1].optimizer->name, "sgd");
  EXPECT_EQ(plan.schedule.phases[1].optimizer->arguments.at("momentum"), 0.9);
  EXPECT_EQ(plan.schedule.phases[1].groups[0].arguments, json({{"lr", 0.25}, {"weight_decay", 0.0}}));
}

TEST(Conditions, ArePlateauOnTheSchedulesMonitorIfLeftOut) {
  const auto plan = plan_of(kOpt + "phase a { thaw = all }");
  EXPECT_EQ(plan.schedule.phases[0].until.kind, Condition::Kind::plateau);
  EXPECT_EQ(plan.schedule.phases[0].until.monitor.patience, 2);
}

TEST(Conditions, KeepTheirTreeAndTakeOverWhatTheyDoNotSay) {
  const auto plan = plan_of(
      kOpt +
      "phase a { thaw = all, until = plateau(monitor = val_acc, mode = max) or metric(\"f1\") >= 0.9 and epochs(2) }");
  const auto& until = plan.schedule.phases[0].until;
  ASSERT_EQ(until.kind, Condition::Kind::any);
  EXPECT_EQ(until.operands[0].monitor.metric, "val_acc");
  EXPECT_TRUE(until.operands[0].monitor.maximize);
  EXPECT_EQ(until.operands[0].monitor.patience, 2);
  ASSERT_EQ(until.operands[1].kind, Condition::Kind::all);
  EXPECT_EQ(until.operands[1].operands[0].threshold, 0.9);
  EXPECT_EQ(until.operands[1].operands[1].count, 2);
}

TEST(Implicit, ThawsTwoParametersAPhaseTheLastFirst) {
  const auto result = test::compile_text("", "tiny-gpt2");
  ASSERT_TRUE(result.plan);
  const auto& phases = result.plan->schedule.phases;
  EXPECT_EQ(phases.front().thaw, (std::vector<std::uint32_t>{38, 39}));
  EXPECT_EQ(phases.back().depth, 19);
}

TEST(Lambdas, AreKeptAsExpressionsWithTheirConstantsFolded) {
  const auto plan =
      plan_of(kOpt + "lr_scheduler = lambda { lr_lambda = (0.5 + 0.25) ** epoch }\nphase a { thaw = all }");
  EXPECT_EQ(plan.schedule.phases[0].lr_scheduler->arguments.at("lr_lambda"), json({"**", 0.75, "epoch"}));
}

TEST(Plans, AreTheSameBytesEachTime) {
  const auto once = plan_of(kOpt + "phase a { thaw = all }");
  const auto again = plan_of(kOpt + "phase a { thaw = all }");
  EXPECT_EQ(plan::to_json(once), plan::to_json(again));
}

TEST(Plans, OfASmallModelAreReadable) {
  const auto plan = plan_of(
      kOpt +
          "max_epochs = 4\nphase a { thaw = \"lm_head.weight\", until = epoch(1) }\nphase b { thaw = rest, lr = 1e-4 }",
      "tiny-gpt2");
  test::expect_golden("lower/two_phases.ftsplan", plan::to_json(plan));
}

TEST(Groups, KnowATiedTensorByEachOfItsNames) {
  const auto plan = plan_of(kOpt + "phase a { thaw = all where tied }\nphase b { thaw = rest }", "tiny-gpt2");
  EXPECT_EQ(plan.schedule.phases[0].thaw.size(), 2U);
}

TEST(Parameters, OfABareIndexHaveNoShape) {
  graph::ParamGraphBuilder builder;
  builder.add_parameter_name("head.weight");
  const auto graph = builder.finish();
  driver::Compilation out;
  driver::compile_into(out.sources->add("test.fts", "schedule {\nmax_epochs = 1\nphase a { thaw = all }\n}\n"), *graph,
                       {}, out);
  ASSERT_TRUE(out.plan) << test::rendered(out);
  EXPECT_FALSE(out.plan->parameters.front().shape_known);
  EXPECT_THAT(plan::verify(*out.plan), testing::IsEmpty());
}

TEST(Strategies, KeepWhatTheBodySaysThoughTheAdapterHasADefaultForIt) {
  const auto settings = [](const std::string& body) {
    const auto result =
        test::compile_text("schedule { max_epochs = 1 }\nstrategy s { " + body + " }\n", "minilm-classifier");
    EXPECT_TRUE(result.plan) << test::rendered(result);
    return result.plan->strategies.front().settings;
  };
  EXPECT_EQ(settings("adapter = ddp, zero1 = true").at("zero1"), true);
  EXPECT_EQ(settings("adapter = ddp { zero1 = true }").at("zero1"), true);
  EXPECT_EQ(settings("adapter = ddp").at("zero1"), false);
}

TEST(Until, OfAPhaseThatNothingEndsNeverHolds) {
  const auto plan = plan_of("optimizer = adamw { lr = 1e-3 }\nmax_epochs = 4\nphase a { thaw = all }");
  EXPECT_EQ(plan::describe(plan.schedule.phases[0].until), "never");
}

TEST(ImplicitSchedules, BringANewOptimizerAndSchedulerToEachLaterPhase) {
  const auto plan = plan_of(kOpt + "reinit_optim_cfg = sgd { lr = 0.1 }\nreinit_lr_cfg = linear { total_iters = 2 }");
  const auto& phases = plan.schedule.phases;
  ASSERT_GT(phases.size(), 2U);
  EXPECT_EQ(phases[0].optimizer->name, "adamw");
  EXPECT_FALSE(phases[0].lr_scheduler);
  for (const std::size_t later : {1, 2}) {
    ASSERT_TRUE(phases[later].optimizer && phases[later].lr_scheduler);
    EXPECT_EQ(phases[later].optimizer->name, "sgd");
    EXPECT_EQ(phases[later].lr_scheduler->name, "linear");
    EXPECT_EQ(phases[later].groups[0].arguments.at("lr"), 0.1);
  }
}

}  // namespace
}  // namespace fts
