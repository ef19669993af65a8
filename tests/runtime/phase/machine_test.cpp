#include "runtime/phase/machine.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/runtime/support/conditions.hpp"

namespace fts::phase {
namespace {

using namespace fts::test;  // NOLINT: the builders of conditions read as the language does
using Lines = std::vector<std::string>;

plan::Schedule schedule(std::vector<plan::Condition> untils) {
  plan::Schedule s;
  for (auto& until : untils) {
    plan::Phase phase;
    phase.depth = static_cast<int>(s.phases.size());
    phase.until = std::move(until);
    s.phases.push_back(std::move(phase));
  }
  s.max_depth = static_cast<int>(s.phases.size()) - 1;
  return s;
}

plan::Schedule limited(plan::Schedule s, int max_epochs, std::int64_t max_steps = -1, int max_depth = 99) {
  s.max_epochs = max_epochs;
  s.max_steps = max_steps;
  s.max_depth = max_depth;
  return s;
}

plan::Schedule as_fts(plan::Schedule s) {
  s.compat_fts = true;
  return s;
}

void note(Lines& seen, const PhaseMachine& machine, const std::string& where, const Decision& decision) {
  if (decision.kind == Decision::Kind::move) {
    seen.push_back(fmt::format("{}: phase {}: {}", where, machine.depth(), decision.reason));
  } else if (decision.kind == Decision::Kind::end) {
    seen.push_back(fmt::format("{}: end: {}", where, decision.reason));
  }
}

// Runs epochs of two steps with one val_loss each (the last one goes on for ever) until the run ends, at most 20.
// With `resumed`, the machine is thrown away after every epoch and step, and made anew from its state's text.
Lines run(const plan::Schedule& s, const std::vector<double>& losses, bool resumed = false) {
  PhaseMachine machine(s);
  Lines seen;
  std::int64_t steps = 0;
  const auto resume = [&] {
    if (!resumed) return;
    PhaseMachine fresh(s);
    ASSERT_TRUE(fresh.restore(nlohmann::json::parse(machine.state().dump())));
    machine = std::move(fresh);
  };
  for (std::int64_t epoch = 0; epoch < 20 && !machine.ended(); ++epoch) {
    note(seen, machine, fmt::format("epoch {}", epoch), machine.start_epoch(epoch));
    for (int i = 0; i < 2 && !machine.ended(); ++i) {
      ++steps;
      note(seen, machine, fmt::format("step {}", steps), machine.end_step(steps));
      resume();
    }
    if (machine.ended()) break;
    const auto index = std::min(static_cast<std::size_t>(epoch), losses.size() - 1);
    machine.end_epoch({{"val_loss", losses[index]}});
    resume();
    if (machine.ended()) note(seen, machine, fmt::format("after epoch {}", epoch), machine.start_epoch(epoch + 1));
  }
  return seen;
}

struct Case {
  std::string name;
  plan::Schedule schedule;
  std::vector<double> losses;
  Lines expected;
};

class MachineTable : public testing::TestWithParam<Case> {};

TEST_P(MachineTable, DecidesSo) { EXPECT_EQ(run(GetParam().schedule, GetParam().losses), GetParam().expected); }

TEST_P(MachineTable, DecidesSoWhenResumedEverywhere) {
  EXPECT_EQ(run(GetParam().schedule, GetParam().losses, true), GetParam().expected);
}

const double kNan = std::numeric_limits<double>::quiet_NaN();
plan::Condition p1() { return plateau("val_loss", 1); }

plan::Condition with_thresholds(plan::Condition c, std::optional<double> stopping, std::optional<double> divergence) {
  c.monitor.stopping_threshold = stopping;
  c.monitor.divergence_threshold = divergence;
  return c;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, MachineTable,
    testing::Values(
        Case{"EpochIsDecidedAtItsStart",
             limited(schedule({epoch(2), p1()}), 4),
             {4, 3, 2, 1},
             {"epoch 2: phase 1: epoch 2 is reached", "epoch 4: end: max_epochs: 4 epochs are done"}},
        Case{"EpochNoughtLeavesThePhaseUntrained",
             limited(schedule({epoch(0), p1()}), 1),
             {1},
             {"epoch 0: phase 1: epoch 0 is reached", "epoch 1: end: max_epochs: 1 epoch is done"}},
        Case{"OneMoveAtAnEpochsStart",
             limited(schedule({epoch(1), epoch(1), p1()}), 3),
             {3, 2, 1},
             {"epoch 1: phase 1: epoch 1 is reached", "epoch 2: phase 2: epoch 1 is reached",
              "epoch 3: end: max_epochs: 3 epochs are done"}},
        Case{"PlateauMovesAndInTheLastPhaseEnds",
             schedule({p1(), p1()}),
             {1, 1, 1, 1},
             {"epoch 2: phase 1: plateau: val_loss has not improved for 1 epoch",
              "epoch 4: end: plateau: val_loss has not improved for 1 epoch"}},
        Case{"TheBestScoreIsThePhasesOwn",
             schedule({p1(), p1()}),
             {1, 1, 5, 4, 3, 3},
             {"epoch 2: phase 1: plateau: val_loss has not improved for 1 epoch",
              "epoch 6: end: plateau: val_loss has not improved for 1 epoch"}},
        Case{"FtsKeepsTheBestScore",
             as_fts(schedule({p1(), p1()})),
             {1, 1, 5, 4, 3, 3},
             {"epoch 2: phase 1: plateau: val_loss has not improved for 1 epoch",
              "epoch 3: end: plateau: val_loss has not improved for 1 epoch"}},
        Case{"EpochsCountFromThePhasesStart",
             schedule({epochs(2), epochs(3)}),
             {1},
             {"epoch 2: phase 1: the phase has had its 2 epochs", "epoch 5: end: the phase has had its 3 epochs"}},
        Case{"StepMovesInTheMiddleOfAnEpoch",
             limited(schedule({step(3), p1()}), 3),
             {3, 2, 1},
             {"step 3: phase 1: step 3 is reached", "epoch 3: end: max_epochs: 3 epochs are done"}},
        Case{"EpochsCountWholeEpochsAfterAStep",
             schedule({step(3), epochs(2)}),
             {1},
             {"step 3: phase 1: step 3 is reached", "epoch 4: end: the phase has had its 2 epochs"}},
        Case{"EitherComesFirst",
             schedule({any({p1(), epoch(5)}), any({plateau("val_loss", 9), epoch(4)})}),
             {1, 1, 1, 1, 1},
             {"epoch 2: phase 1: plateau: val_loss has not improved for 1 epoch", "epoch 4: end: epoch 4 is reached"}},
        Case{"AnImprovementTakesAPlateauBack",
             schedule({all({p1(), epoch(4)}), epochs(1)}),
             {2, 2, 1, 1, 1},
             {"epoch 4: phase 1: plateau: val_loss has not improved for 1 epoch and epoch 4 is reached",
              "epoch 5: end: the phase has had its 1 epoch"}},
        Case{"AMetricMoves",
             schedule({metric("val_loss", plan::Condition::Compare::less, 0.5), epochs(1)}),
             {1, 0.5, 0.4},
             {"epoch 3: phase 1: val_loss is 0.4, less than 0.5", "epoch 4: end: the phase has had its 1 epoch"}},
        Case{"MaxStepsEndsInTheMiddle",
             limited(schedule({p1()}), -1, 3),
             {2, 1},
             {"step 3: end: max_steps: 3 steps are done"}},
        Case{"MaxDepthMakesAPhaseTheLast",
             limited(schedule({epochs(1), epochs(2), p1()}), -1, -1, 1),
             {1},
             {"epoch 1: phase 1: the phase has had its 1 epoch", "epoch 3: end: the phase has had its 2 epochs"}},
        Case{"MaxDepthMinusOneIsNoLimit",
             limited(schedule({epochs(1), epochs(1)}), -1, -1, -1),
             {1},
             {"epoch 1: phase 1: the phase has had its 1 epoch", "epoch 2: end: the phase has had its 1 epoch"}},
        Case{"ALastPhasesEpochRaisesMaxEpochs",
             limited(schedule({epochs(1), any({p1(), epoch(5)})}), 2),
             {5, 4, 3, 2, 1},
             {"epoch 1: phase 1: the phase has had its 1 epoch", "epoch 5: end: max_epochs: 5 epochs are done"}},
        Case{"AnEarlierPhasesEpochRaisesNothing",
             limited(schedule({epoch(5), p1()}), 2),
             {5, 4, 3, 2, 1},
             {"epoch 2: end: max_epochs: 2 epochs are done"}},
        Case{"UnderFtsALastEpochEndsNothing",
             as_fts(limited(schedule({any({p1(), epoch(2)})}), 4)),
             {4, 3, 2, 1},
             {"epoch 4: end: max_epochs: 4 epochs are done"}},
        Case{"UnderFtsTheWrittenLastPhaseRaisesMaxEpochsThoughItIsNotReached",
             as_fts(limited(schedule({epoch(1), p1(), epoch(4)}), 2, -1, 1)),
             {5, 4, 3, 2, 1},
             {"epoch 1: phase 1: epoch 1 is reached", "epoch 4: end: max_epochs: 4 epochs are done"}},
        Case{"UnderFtsPhase0RaisesNothing",
             as_fts(limited(schedule({any({p1(), epoch(6)}), any({p1(), epoch(2)})}), 3)),
             {5, 4, 3, 2, 1},
             {"epoch 3: end: max_epochs: 3 epochs are done"}},
        Case{"UnderFtsALastEpochIsTheLimitWhereThereIsNone",
             as_fts(limited(schedule({epoch(1), epoch(3)}), -1)),
             {5, 4, 3, 2, 1},
             {"epoch 1: phase 1: epoch 1 is reached", "epoch 3: end: max_epochs: 3 epochs are done"}},
        Case{"NanEndsTheRun", schedule({p1(), p1()}), {1, kNan}, {"after epoch 1: end: val_loss is nan"}},
        Case{"DivergenceEndsTheRun",
             schedule({with_thresholds(p1(), {}, 3.0), p1()}),
             {1, 4},
             {"after epoch 1: end: val_loss is 4, beyond 3"}},
        Case{"TheStoppingThresholdEndsThePhase",
             schedule({with_thresholds(p1(), 0.5, {}), epochs(1)}),
             {1, 0.25, 0.2},
             {"epoch 2: phase 1: plateau: val_loss is 0.25, past 0.5", "epoch 3: end: the phase has had its 1 epoch"}},
        Case{"UnderFtsTheStoppingThresholdEndsTheRun",
             as_fts(schedule({with_thresholds(p1(), 0.5, {}), p1()})),
             {1, 0.25},
             {"after epoch 1: end: val_loss is 0.25, past 0.5"}}),
    [](const auto& c) { return c.param.name; });

TEST(Machine, RefusesTheStateOfAnotherSchedule) {
  PhaseMachine long_one(schedule({epochs(1), epochs(1), epochs(1)}));
  long_one.start_epoch(0);
  long_one.start_epoch(1);
  long_one.start_epoch(2);
  ASSERT_EQ(long_one.depth(), 2);
  PhaseMachine short_one(schedule({epochs(1), epochs(1)}));
  EXPECT_EQ(short_one.restore(long_one.state()).error(), "phase 2 does not exist: the schedule ends with phase 1");
  EXPECT_EQ(short_one.depth(), 0);
}

TEST(Machine, RefusesWhatIsNoState) {
  PhaseMachine machine(schedule({epochs(1)}));
  EXPECT_THAT(machine.restore(nlohmann::json::parse(R"({"depth":0})")).error(),
              testing::HasSubstr("the phase machine's state cannot be read"));
}

TEST(Machine, AsksForTheMetricsOfItsPhase) {
  PhaseMachine machine(schedule({epochs(1), plateau("accuracy", 1, true)}));
  EXPECT_TRUE(machine.needed_metrics().empty());
  machine.start_epoch(1);
  EXPECT_THAT(machine.needed_metrics(), testing::ElementsAre("accuracy"));
}

}  // namespace
}  // namespace fts::phase
