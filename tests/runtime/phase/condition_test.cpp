#include "runtime/phase/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "tests/runtime/support/conditions.hpp"

namespace fts::phase {
namespace {

using namespace fts::test;  // NOLINT: the builders of conditions read as the language does

struct Case {
  std::string name;
  plan::Condition condition;
  Counters at;
  std::string reason;  // empty: does not hold
};

class ConditionTable : public testing::TestWithParam<Case> {};

TEST_P(ConditionTable, HoldsForTheReason) {
  EXPECT_EQ(ConditionState(GetParam().condition).holds(GetParam().at).value_or(""), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Counters, ConditionTable,
    testing::Values(
        Case{"EpochIsAbsolute", epoch(2), {.epoch = 2}, "epoch 2 is reached"},
        Case{"EpochDoesNotHoldBefore", epoch(2), {.epoch = 1, .epochs_in_phase = 9}, ""},
        Case{"EpochsCountInThePhase", epochs(2), {.epoch = 9, .epochs_in_phase = 2}, "the phase has had its 2 epochs"},
        Case{"OneEpochIsSingular", epochs(1), {.epoch = 9, .epochs_in_phase = 1}, "the phase has had its 1 epoch"},
        Case{"StepCountsInTheRun", step(10), {.step = 11}, "step 10 is reached"},
        Case{"AnyHoldsWithOne", any({epoch(5), step(10)}), {.step = 10}, "step 10 is reached"},
        Case{"AnyTellsAllThatHold",
             any({epoch(1), step(1)}),
             {.epoch = 1, .step = 1},
             "epoch 1 is reached and step 1 is reached"},
        Case{"AllDoesNotHoldWithOne", all({epoch(5), step(10)}), {.step = 10}, ""},
        Case{"AllHoldsWithAll",
             all({epoch(5), step(10)}),
             {.epoch = 5, .step = 10},
             "epoch 5 is reached and step 10 is reached"},
        Case{"PlateauNeedsValues", plateau("val_loss", 1), {.epoch = 99, .step = 99}, ""}),
    [](const auto& c) { return c.param.name; });

TEST(Condition, TwoPlateausKeepTheirOwnCount) {
  ConditionState both(all({plateau("val_loss", 1), plateau("accuracy", 2, true)}));
  both.observe({{"val_loss", 1.0}, {"accuracy", 0.5}});
  both.observe({{"val_loss", 1.0}, {"accuracy", 0.5}});
  EXPECT_FALSE(both.holds({}));
  both.observe({{"val_loss", 1.0}, {"accuracy", 0.5}});
  EXPECT_EQ(both.holds({}),
            "plateau: val_loss has not improved for 2 epochs and plateau: accuracy has not improved for 2 epochs");
}

TEST(Condition, AMetricIsComparedWithItsLatestValue) {
  ConditionState reached(metric("val/acc", plan::Condition::Compare::greater_equal, 0.9));
  EXPECT_FALSE(reached.holds({}));
  reached.observe({{"val/acc", 0.91}});
  EXPECT_EQ(reached.holds({}), "val/acc is 0.91, at least 0.9");
  reached.observe({{"val/acc", 0.89}});
  EXPECT_FALSE(reached.holds({}));
}

TEST(Condition, NamesItsMetricsOnce) {
  const ConditionState c(any({plateau("a", 1), metric("b", plan::Condition::Compare::less, 1), plateau("a", 2)}));
  EXPECT_THAT(c.needed_metrics(), testing::ElementsAre("a", "b"));
}

TEST(Condition, TheWorstVerdictIsReported) {
  ConditionState c(any({plateau("a", 1), plateau("b", 1)}));
  EXPECT_EQ(c.observe({{"a", 1}, {"b", std::numeric_limits<double>::quiet_NaN()}}).reason, "b is nan");
}

TEST(Condition, ACopyDoesNotDependOnItsOrigin) {
  auto origin = std::make_unique<ConditionState>(plateau("a", 1));
  origin->observe({{"a", 1}});
  ConditionState copy = *origin;
  origin.reset();
  copy.observe({{"a", 1}});
  EXPECT_EQ(copy.holds({}), "plateau: a has not improved for 1 epoch");
}

TEST(Condition, GreatestEpochLooksIntoTheTree) {
  EXPECT_EQ(greatest_epoch(any({plateau("a", 1), all({epoch(3), epoch(7)})})), 7);
  EXPECT_EQ(greatest_epoch(plateau("a", 1)), -1);
}

}  // namespace
}  // namespace fts::phase
