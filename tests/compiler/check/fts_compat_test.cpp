// The checks of compat = fts: where they speak, and where they keep quiet. Each code's page has a further pair.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compiling.hpp"

namespace fts {
namespace {

struct Case {
  std::string name;
  std::string items;               // of the schedule, behind compat and monitor
  std::vector<std::string> codes;  // code@line; the items begin on line 4
};

class CompatFts : public testing::TestWithParam<Case> {};

TEST_P(CompatFts, GetsTheExpectedDiagnostics) {
  const auto result = test::compile_text("schedule {\ncompat = fts\nmonitor = val_loss\n" + GetParam().items + "\n}\n",
                                         "minilm-classifier");
  EXPECT_THAT(test::codes_and_lines(result), testing::ElementsAreArray(GetParam().codes)) << test::rendered(result);
}

const std::string kSgd = "optimizer = sgd { lr = 0.1 }\n";
const std::string kHead = "phase a { thaw = \"classifier.**\" }\n";

INSTANTIATE_TEST_SUITE_P(
    Table, CompatFts,
    testing::Values(
        Case{"ALaterPhaseMayBeEmpty", kSgd + kHead + "phase b { thaw = none }\nphase c { thaw = rest }", {"FTS0502@6"}},
        Case{"AnOptimizerOfTheSameKindKeepsItsState",
             "optimizer = adamw\n" + kHead +
                 "phase b { thaw = module(\"pooler\"), optimizer = adam }\nphase c { thaw = rest }",
             {}},
        Case{"ANewOptimizerInTheLastPhaseIsRestoredNoMore",
             kSgd + kHead + "phase b { thaw = rest, optimizer = adamw }",
             {}},
        Case{"TheProgramsOwnOptimizerIsUnknown",
             kHead + "phase b { thaw = module(\"pooler\"), optimizer = adamw }\nphase c { thaw = rest }",
             {"FTS0604@5"}},
        Case{"ARateBesideInitialRatesIsSaidTwice",
             kSgd + "lr_scheduler = step { step_size = 1 }\n" + kHead +
                 "phase b { thaw = rest, optimizer = sgd { lr = 1.0 }, lr_scheduler = step { step_size = 1, "
                 "init_pg_lrs = [0.1] } }",
             {}},
        Case{"MinLrCountsTheGroupsOfThePhase",
             kSgd + "lr_scheduler = step { step_size = 1 }\n" + kHead +
                 "phase b { thaw = rest, lr_scheduler = reduce_on_plateau { monitor = val_loss, min_lr = [0.1] } }",
             {"FTS0603@7"}},
        Case{"NoDecayMakesTwoGroupsOfAPhase",
             kSgd + "no_decay = \"**.bias\"\nlr_scheduler = step { step_size = 1 }\n" + kHead +
                 "phase b { thaw = rest, lr_scheduler = step { step_size = 1, init_pg_lrs = [0.1, 0.1, 0.1, 0.1] } }",
             {}},
        Case{"ASchedulerOfItsOwnIsNotLate",
             kSgd + "lr_scheduler = linear { total_iters = 4 }\n" + kHead +
                 "phase b { thaw = rest, lr_scheduler = step { step_size = 1 } }",
             {}},
        Case{"ANewPlateauSchedulerNeedsItsOwnMonitor",
             kSgd + "lr_scheduler = reduce_on_plateau\n" + kHead +
                 "phase b { thaw = rest, lr_scheduler = reduce_on_plateau }",
             {"FTS0603@7"}},
        Case{"EveryPhaseNeedsAnEpoch",
             kSgd + "epoch_transitions_only = true\n" + kHead + "phase b { thaw = rest }",
             {"FTS0516@6", "FTS0516@7"}},
        Case{"AnImplicitScheduleHasNoEpochs", kSgd + "epoch_transitions_only = true", {"FTS0516@5"}},
        Case{"AnImplicitOneWithoutAFirstScheduler",
             kSgd + "lr_scheduler = none\nreinit_lr_cfg = step { step_size = 1 }",
             {"FTS0609@6"}},
        Case{"TheLastPhasesEpochRaisesMaxEpochs",
             kSgd +
                 "max_epochs = 8\nphase a { thaw = \"classifier.**\", until = plateau or epoch(1) }\nphase b { thaw = "
                 "\"pooler.**\", until = epoch(10) }\nphase c { thaw = rest, until = plateau or epoch(14) }",
             {"FTS0518@8"}},
        Case{"EpochsBehindMaxEpochsWithoutAnEpochOfTheLastPhase",
             kSgd + "max_epochs = 8\nphase a { thaw = \"classifier.**\", until = epoch(8) }\nphase b { thaw = rest }",
             {"FTS0504@7"}},
        Case{"ASchedulerForEachPhaseOfAnImplicitScheduleBesidePhases",
             kSgd + "reinit_lr_cfg = step { step_size = 1 }\n" + kHead + "phase b { thaw = rest }",
             {"FTS0603@5"}},
        Case{"WithoutRestoringEpochZeroIsWell",
             kSgd + "restore_best = false\nphase a { thaw = \"classifier.**\", until = plateau or epoch(0) }\nphase b "
                    "{ thaw = rest }",
             {}},
        Case{"TheFirstPhaseEndsBeforeACheckpointIsSaved",
             kSgd + "checkpoint = { every_n_epochs = 3 }\nphase a { thaw = \"classifier.**\", until = plateau or "
                    "epoch(2) }\nphase b { thaw = rest }",
             {"FTS0515@6"}},
        Case{"TheFirstPhaseMayEndBeforeACheckpointIsSaved",
             kSgd + "checkpoint = { every_n_epochs = 5 }\n" + kHead + "phase b { thaw = rest }",
             {"FTS0515@5"}},
        Case{"TheFirstPhaseEndsAsTheFirstCheckpointIsSaved",
             kSgd + "checkpoint = { every_n_epochs = 4 }\n" + kHead + "phase b { thaw = rest }",
             {}}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace fts
