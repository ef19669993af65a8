// The checks on schedules: what each says, and that one cause is said once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/check/check.hpp"
#include "tests/support/compiling.hpp"

namespace fts {
namespace {

struct Case {
  std::string name;
  std::string schedule;            // the items of `schedule`
  std::vector<std::string> codes;  // code@line of the file; `schedule {` is line 1
  std::string words;
  std::string model = "minilm-classifier";
};

class Schedule : public testing::TestWithParam<Case> {};

TEST_P(Schedule, GetsTheExpectedDiagnostics) {
  const auto& c = GetParam();
  const auto result = test::compile_text("schedule {\n" + c.schedule + "\n}\n", c.model);
  EXPECT_THAT(test::codes_and_lines(result), testing::ElementsAreArray(c.codes)) << test::rendered(result);
  EXPECT_THAT(test::rendered(result), testing::HasSubstr(c.words));
}

const std::string kOpt = "monitor = val_loss\noptimizer = adamw { lr = 1e-3 }\n";  // lines 2 and 3

INSTANTIATE_TEST_SUITE_P(
    Table, Schedule,
    testing::Values(
        Case{"AGoodOneGetsNone", kOpt + "phase a { thaw = \"classifier.**\" }\nphase b { thaw = rest }", {}, ""},
        Case{"AnExpressionHasAValueAtEveryEpoch",
             kOpt + "lr_scheduler = lambda { lr_lambda = 1 / epoch }\nphase a { thaw = all }",
             {"FTS0630@4"},
             "'lambda' multiplies the rate by inf at position 0"},
        Case{"ACycleHasALength",
             kOpt + "lr_scheduler = one_cycle { max_lr = 0.1 }\nphase a { thaw = all }",
             {"FTS0630@4"},
             "one_cycle does not say how long its cycle is"},
        Case{"AMomentumThatIsCycledIsThere",
             "optimizer = adagrad\nmonitor = val_loss\nphase a {\nthaw = all\nlr_scheduler = cyclic { base_lr = 0.1, "
             "max_lr = 1 "
             "}\n}",
             {"FTS0630@6"},
             "'cyclic' cycles the momentum, which 'adagrad' does not have"},
        Case{"ReduceOnPlateauStepsByEpochs",
             kOpt + "lr_scheduler = reduce_on_plateau { interval = step }\nphase a { thaw = all }",
             {"FTS0630@4"},
             "its metric comes once an epoch"},
        Case{"ReduceOnPlateauStandsAlone",
             kOpt +
                 "lr_scheduler = chained { schedulers = [exponential { gamma = 0.9 }, reduce_on_plateau] }\nphase a { "
                 "thaw = all }",
             {"FTS0630@4"},
             "'reduce_on_plateau' cannot be one of the schedulers of 'chained'"},
        Case{"OverlapNamesBothPhasesAndSomeParameters",
             kOpt + "phase a { thaw = \"classifier.**\" }\nphase b { thaw = \"classifier.bias\" | \"pooler.**\" "
                    "}\nphase c { thaw = rest }",
             {"FTS0501@5"},
             "phase 'b' thaws 1 parameter ('classifier.bias') that phase 'a' has thawed already"},
        Case{
            "AnOverlapIsSaidOfThePhaseThatThawedFirst",
            kOpt + "phase a { thaw = all }\nphase b { thaw = \"classifier.**\" }\nphase c { thaw = \"classifier.**\" }",
            {"FTS0501@5", "FTS0501@6"},
            "phase 'c' thaws 2 parameters ('classifier.weight', 'classifier.bias') that phase 'a' has thawed already"},
        Case{"AnOverlapWithSeveralPhasesIsOneFault",
             kOpt + "phase a { thaw = \"classifier.**\" }\nphase b { thaw = \"pooler.**\" }\nphase c { thaw = all }",
             {"FTS0501@6"},
             "that phases 'a', 'b' have thawed already"},
        Case{"AnOverlapInALoopIsOneFault",
             kOpt + "for i in 0..4 { phase \"p${i}\" { thaw = \"encoder.layer.${i}.**\" | \"pooler.**\" } }\nphase "
                    "others { thaw = rest }",
             {"FTS0501@4"},
             "phase 'p1' thaws 2 parameters"},
        Case{"AnOverlapInALoopIsSaidOfEachOtherPhase",
             kOpt +
                 "phase a { thaw = \"encoder.layer.0.**\" }\nphase b { thaw = \"encoder.layer.1.**\" }\n"
                 "for i in 0..2 { phase \"p${i}\" { thaw = \"encoder.layer.${i}.**\" } }\nphase others { thaw = rest }",
             {"FTS0501@6", "FTS0501@6"},
             "that phase 'b' has thawed already"},
        Case{"RestAfterAllIsEmpty",
             kOpt + "phase a { thaw = all }\nphase b { thaw = rest }",
             {"FTS0502@5"},
             "'b' has nothing to train"},
        Case{"AFaultySelectionIsNotCalledEmptyToo",
             kOpt + "phase a { thaw = \"clasifier.**\" }\nphase b { thaw = rest }",
             {"FTS0401@4"},
             "clasifier"},
        Case{"NoneIsAnEmptyPhase", kOpt + "phase a { thaw = none }\nphase b { thaw = rest }", {"FTS0502@4"}, ""},
        Case{"EqualEpochsDoNotAscend",
             kOpt + "phase a { thaw = \"classifier.**\", until = epoch(2) }\nphase b { thaw = rest, until = epoch(2) }",
             {"FTS0503@5"},
             "epochs(n) counts within"},
        Case{"EpochsWithinAPhaseNeedNoOrder",
             kOpt +
                 "phase a { thaw = \"classifier.**\", until = epochs(5) }\nphase b { thaw = rest, until = epochs(2) }",
             {},
             ""},
        Case{"AnEpochThatNeedsAPlateauTooIsNoLimit",
             kOpt + "phase a { thaw = \"classifier.**\", until = epoch(5) and plateau }\nphase b { thaw = rest, until "
                    "= epoch(2) }",
             {},
             ""},
        Case{"PhasesBehindMaxDepth",
             kOpt + "max_depth = 0\nphase a { thaw = \"classifier.**\" }\nphase b { thaw = rest }",
             {"FTS0504@6"},
             "max_depth is 0"},
        Case{"PhasesBehindTheEpochsOfThoseBefore",
             kOpt + "max_epochs = 5\nphase a { thaw = \"classifier.**\", until = epochs(3) }\nphase b { thaw = "
                    "\"pooler.**\", until = epochs(4) }\nphase c { thaw = rest }",
             {"FTS0504@7"},
             "phase 'c' is never reached: it cannot start before epoch 7, and the run ends after 5 epochs"},
        Case{"APhaseBehindAnEpochThatAPlateauMustJoin",
             kOpt +
                 "max_epochs = 6\nphase a { thaw = \"classifier.**\", until = plateau and epoch(8) }\nphase b { thaw "
                 "= rest }",
             {"FTS0504@6"},
             "before epoch 8"},
        Case{"APhaseBehindTwoEpochsThatAreBothTooLate",
             kOpt + "max_epochs = 6\nphase a { thaw = \"classifier.**\", until = epoch(8) or epochs(9) }\nphase b { "
                    "thaw = \"pooler.**\" }\nphase c { thaw = rest }",
             {"FTS0504@6"},
             "before epoch 8"},
        Case{"APhaseBehindTooManySteps",
             kOpt + "max_steps = 100\nphase a { thaw = \"classifier.**\", until = step(200) }\nphase b { thaw = rest }",
             {"FTS0504@6"},
             "it cannot start before step 200, and the run ends after 100 steps"},
        Case{"APhaseThatOneOfSeveralConditionsLeadsTo",
             kOpt +
                 "max_epochs = 6\nmax_steps = 100\nphase a { thaw = \"classifier.**\", until = epoch(8) or step(200) "
                 "or plateau }\nphase b { thaw = \"pooler.**\", until = epoch(9) or epochs(5) }\nphase c { thaw = "
                 "rest }",
             {},
             ""},
        Case{"APhaseThatAThresholdLeadsTo",
             "monitor = val_loss { stopping_threshold = 0.1 }\nmax_epochs = 6\nphase a { thaw = \"classifier.**\", "
             "until "
             "= plateau and epoch(8) }\nphase b { thaw = rest }",
             {},
             ""},
        Case{"TheLastPhasesEpochRaisesMaxEpochs",
             kOpt + "max_epochs = 3\nphase a { thaw = \"classifier.**\", until = epoch(4) }\nphase b { thaw = rest, "
                    "until = epoch(9) }",
             {},
             ""},
        Case{"TheSecondOfANameHasItsOwnFaultsToo",
             kOpt + "phase a { thaw = \"classifier.**\" }\nphase a {\nthaw = rest\nlrr = 1\n}",
             {"FTS0204@5", "FTS0203@7"},
             "'phase a' is given twice"},
        Case{"ThePhaseThatEndsWhereTheRunBegins",
             kOpt + "phase a { thaw = \"classifier.**\", until = plateau or epoch(0) }\nphase b { thaw = rest }",
             {"FTS0504@4"},
             "phase 'a' trains nothing: it ends where epoch 0 starts"},
        Case{"EpochNoughtAndAPlateauEndsLater",
             kOpt + "phase a { thaw = \"classifier.**\", until = plateau and epoch(0) }\nphase b { thaw = rest }",
             {},
             ""},
        Case{"MoreEpochsThanAnIntHolds",
             kOpt + "max_epochs = 4294967297\nphase a { thaw = all }",
             {"FTS0302@4"},
             "4294967297 is out of range"},
        Case{"AsManyEpochsAsAnIntHolds", kOpt + "max_epochs = 2147483647\nphase a { thaw = all }", {}, ""},
        Case{"OtherCountsThatAnIntDoesNotHold",
             "monitor = val_loss { patience = 4294967297 }\nmax_depth = 3000000000\naccumulate_grad_batches = "
             "3000000000\ncheckpoint {\nsave_top_k = 3000000000\nevery_n_epochs = 3000000000\nevery_n_steps = "
             "3000000000\n}\nmax_epochs = 1\nphase a { thaw = all }",
             {"FTS0302@2", "FTS0302@3", "FTS0302@4", "FTS0302@6", "FTS0302@7", "FTS0302@8"},
             "a whole number >= -1 and <= 2147483647 is wanted"},
        Case{"NoMonitorAtAll",
             "optimizer = adamw { lr = 1e-3 }\nphase a { thaw = \"classifier.**\" }\nphase b { thaw = rest }",
             {"FTS0508@3"},
             "as it does not say until when"},
        Case{"TheLastPhaseMayRunToTheEnd",
             "optimizer = adamw { lr = 1e-3 }\nmax_epochs = 3\nphase a { thaw = all }",
             {},
             ""},
        Case{"APlateauWithAMetricOfItsOwn",
             "optimizer = adamw { lr = 1e-3 }\nphase a { thaw = all, until = plateau(monitor = val_acc) }",
             {},
             ""},
        Case{"FreezeOfWhatTrains",
             kOpt + "phase a { thaw = \"classifier.**\" }\nphase b { thaw = rest, freeze = \"classifier.**\" }",
             {},
             ""},
        Case{"FreezeInTheSamePhase",
             kOpt + "phase a { thaw = all, freeze = \"pooler.**\" }",
             {"FTS0510@4"},
             "no earlier phase has thawed"},
        Case{"OverlappingGroups",
             kOpt + "phase a {\n thaw = all\n groups { \"**.bias\" => { lr = 1e-4 }, \"classifier.**\" => { lr = 1e-3 "
                    "} }\n}",
             {"FTS0511@6"},
             "two groups hold 1 parameter ('classifier.bias')"},
        Case{"AGroupThatMeetsOthersIsSaidWithOneOfThem",
             kOpt + "phase a {\nthaw = all\ngroups {\nall => { lr = 1e-4 }\nall => { lr = 1e-4 }\nall => { lr = 1e-4 "
                    "}\n}\n}",
             {"FTS0511@8", "FTS0511@9"},
             "the other group"},
        Case{"AGroupsOwnSettings",
             kOpt + "phase a {\n thaw = all\n groups { \"**.bias\" => { momentum = 0.9 } }\n}",
             {"FTS0602@6"},
             "'adamw' has no 'momentum'"},
        Case{"ANewOptimizersSettings",
             kOpt + "phase a { thaw = \"classifier.**\" }\nphase b { thaw = rest, optimizer = sgd { lr = 0.1 }, "
                    "momentum = 0.9 }",
             {},
             ""},
        Case{"TheOptimizerStaysInForce",
             kOpt + "phase a { thaw = \"classifier.**\", optimizer = sgd { lr = 0.1 } }\nphase b { thaw = rest, betas "
                    "= [0.9, 0.99] }",
             {"FTS0602@5"},
             "'sgd' has no 'betas'"},
        Case{"MilestonesAscend",
             kOpt + "lr_scheduler = multi_step { milestones = [4, 2] }\nphase a { thaw = all }",
             {"FTS0603@4"},
             "must ascend"},
        Case{"InitialRatesAreOneAGroupOfThePhase",
             kOpt + "phase a { thaw = \"classifier.**\" }\nphase b { thaw = rest, lr_scheduler = step { step_size = 1, "
                    "init_pg_lrs = [1e-4] } }",
             {"FTS0608@5"},
             "init_pg_lrs has 1 rate, but there is 1 group before phase 'b' and 2 in it"},
        Case{"InitialRatesOfGroupsThatNoDecaySplits",
             kOpt + "no_decay = \"**.bias\"\nphase a { thaw = \"classifier.**\" }\nphase b {\nthaw = rest\ngroups { "
                    "rest & \"**.bias\" => { lr = 1e-5 } }\nlr_scheduler = step { step_size = 1, init_pg_lrs = [1e-4, "
                    "1e-4, 1e-5, "
                    "1e-5] }\n}",
             {},
             ""},
        Case{"InitialRatesBesideTheProgramsOwnOptimizer",
             "monitor = val_loss\nphase a { thaw = \"classifier.**\" }\nphase b { thaw = rest, lr_scheduler = step { "
             "step_size = 1, init_pg_lrs = [1e-4], use_current_optimizer_pg_lrs = true } }",
             {"FTS0608@4", "FTS0615@4"},
             "at least 2 in it"},
        Case{"ListsHaveAValueForEachGroup",
             kOpt + "lr_scheduler = one_cycle { max_lr = [1e-3, 1e-3, 1e-3], total_steps = 9 }\nphase a { thaw = "
                    "\"classifier.**\" }\nphase b { thaw = rest }",
             {"FTS0603@4"},
             "max_lr has 3 values, and there are 1 or 2 groups"},
        Case{"ListsMayKnowTheGroupsThatJoinLater",
             kOpt + "lr_scheduler = one_cycle { max_lr = [1e-3, 1e-4], total_steps = 9 }\nphase a { thaw = "
                    "\"classifier.**\" }\nphase b { thaw = rest }",
             {},
             ""},
        Case{"ListsOfASchedulerAreOfOneLength",
             "monitor = val_loss\nlr_scheduler = cyclic { base_lr = [1e-4, 1e-4], max_lr = [1e-3, 1e-3, 1e-3] }\nphase "
             "a { "
             "thaw = \"classifier.**\" }\nphase b { thaw = rest }",
             {"FTS0603@3"},
             "max_lr has 3 values, and base_lr has 2"},
        Case{"LambdasMayBeAListToo",
             kOpt + "lr_scheduler = lambda { lr_lambda = [0.95 ** epoch, 1] }\nphase a { thaw = \"classifier.**\" "
                    "}\nphase b { thaw = rest }",
             {},
             ""},
        Case{"LambdasOfAListAreHeldAgainstTheGroups",
             kOpt + "lr_scheduler = lambda { lr_lambda = [0.95 ** epoch, 1, 1] }\nphase a { thaw = \"classifier.**\" "
                    "}\nphase b { thaw = rest }",
             {"FTS0603@4"},
             "lr_lambda has 3 values"},
        Case{"AnExpressionOfAListHasAValueAtEveryEpochToo",
             kOpt + "lr_scheduler = lambda { lr_lambda = [0.95 ** epoch, 1 / epoch] }\nphase a { thaw = "
                    "\"classifier.**\" }\nphase b { thaw = rest }",
             {"FTS0630@4"},
             "at position 0"},
        Case{"AWordOfNoDecayThatNoNameHas",
             kOpt + "no_decay = /.*(bias|LayerNrm\\.weight).*/\nphase a { thaw = all }",
             {"FTS0401@4"},
             "'LayerNrm.weight' is part of no parameter's name"},
        Case{"WordsOfNoDecayThatNamesHave",
             kOpt + "no_decay = /.*(bias|LayerNorm\\.weight).*/\nphase a { thaw = all }",
             {},
             ""},
        Case{"ARegexOfNoDecayThatIsNoListOfWords",
             kOpt + "no_decay = /.*(bias|layer_?norm.*).*/\nphase a { thaw = all }",
             {},
             ""},
        Case{"WhatImplicitSchedulesMakeAnewBesidePhases",
             kOpt +
                 "reinit_optim_cfg = sgd { lr = 0.1 }\nreinit_lr_cfg = step { step_size = 1 }\nphase a { thaw = all }",
             {"FTS0603@4", "FTS0603@5"},
             "reinit_lr_cfg is for implicit schedules, and this one has phases"},
        Case{"SequencesNeedAMilestoneLess",
             kOpt + "lr_scheduler = sequential { schedulers = [linear {}, step { step_size = 2 }], milestones = [2, 4] "
                    "}\nphase a { thaw = all }",
             {"FTS0603@4"},
             "2 schedulers need 1 milestones"},
        Case{"TiedNamesMayBeNamedOnce",
             kOpt + "phase a { thaw = \"lm_head.weight\" }\nphase b { thaw = rest }",
             {},
             "",
             "tiny-gpt2"},
        Case{"TiedNamesInTwoPhases",
             kOpt + "phase a { thaw = \"lm_head.weight\" }\nphase b { thaw = all - \"lm_head.weight\" }",
             {"FTS0507@5"},
             "share one tensor",
             "tiny-gpt2"},
        Case{"TiedNamesInTwoGroups",
             kOpt + "phase a {\n thaw = all\n groups { \"lm_head.weight\" => { lr = 1e-4 }, \"transformer.wte.weight\" "
                    "=> { lr = 1e-3 } }\n}",
             {"FTS0507@6"},
             "different groups",
             "tiny-gpt2"},
        Case{
            "FrozenInTheModel", kOpt + "phase a { thaw = all }", {"FTS0506@4"}, "pooler.dense.weight", "minilm-frozen"},
        Case{"TwoSchedules",
             kOpt + "phase a { thaw = all }\n}\nschedule {",
             {"FTS0204@6"},
             "'schedule' is given twice"}),
    [](const auto& test) { return test.param.name; });

TEST(Checks, StandInTheOrderOfTheirNames) {
  std::string_view last;
  for (const auto& check : check::checks()) {
    EXPECT_LT(last, check.name);
    last = check.name;
  }
}

TEST(Checks, AFileWithoutAScheduleHasTheImplicitOne) {
  const auto result = test::compile_text("strategy a { adapter = base }\n", "tiny-gpt2");
  ASSERT_TRUE(result.plan) << test::rendered(result);
  EXPECT_TRUE(result.plan->schedule.implicit);
  EXPECT_EQ(result.plan->schedule.phases.size(), 20U);  // 40 tensors, two a phase
}

TEST(Models, WithoutParametersHaveNothingToTrain) {
  graph::ParamGraphBuilder builder;
  const auto graph = std::move(*builder.finish());
  for (const std::string text : {"", "schedule {\n monitor = val_loss\n}\n"}) {
    driver::Compilation out;
    driver::compile_into(out.sources->add("test.fts", text), graph, {}, out);
    EXPECT_FALSE(out.plan);
    EXPECT_THAT(test::rendered(out),
                testing::AllOf(testing::HasSubstr("error[FTS0502]"),
                               testing::HasSubstr("has no parameters: there is nothing to train")));
  }
}

}  // namespace
}  // namespace fts
