#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/graph/graph.hpp"
#include "tests/compiler/plan/plan_support.hpp"

namespace fts::plan {
namespace {

using Kind = Condition::Kind;

TEST(MaxTransitionEpoch, IsTheEpochByWhichThePhaseSurelyEnds) {
  const auto epoch = [](std::int64_t n) { return counting(Kind::epoch, n); };
  const auto any = [](std::vector<Condition> c) { return of(Kind::any, std::move(c)); };
  const auto all = [](std::vector<Condition> c) { return of(Kind::all, std::move(c)); };
  EXPECT_EQ(max_transition_epoch(epoch(3)), 3);
  EXPECT_EQ(max_transition_epoch(epoch(0)), 0);
  EXPECT_EQ(max_transition_epoch(plateau("l", 1)), -1);
  EXPECT_EQ(max_transition_epoch(counting(Kind::epochs, 3)), -1) << "counted within the phase: no absolute epoch";
  EXPECT_EQ(max_transition_epoch(counting(Kind::step, 3)), -1);
  EXPECT_EQ(max_transition_epoch(any({plateau("l", 1), epoch(5)})), 5);
  EXPECT_EQ(max_transition_epoch(any({epoch(7), epoch(5)})), 5);
  EXPECT_EQ(max_transition_epoch(all({epoch(7), epoch(5)})), 7);
  EXPECT_EQ(max_transition_epoch(all({plateau("l", 1), epoch(5)})), -1) << "the plateau may never come";
  EXPECT_EQ(max_transition_epoch(any({all({plateau("l", 1), epoch(3)}), epoch(5)})), 5);
}

TEST(EpochWatermark, DoesNotCountPhase0) {
  Schedule s;
  s.phases.resize(3);
  EXPECT_EQ(epoch_watermark(s), -1);
  s.phases[0].until = counting(Kind::epoch, 30);
  EXPECT_EQ(epoch_watermark(s), -1);
  s.phases[1].until = counting(Kind::epoch, 4);
  s.phases[2].until = counting(Kind::epoch, 2);
  EXPECT_EQ(epoch_watermark(s), 4);
}

TEST(Describe, SaysAConditionInWords) {
  EXPECT_EQ(describe(of(Kind::any, {plateau("val_loss", 2), counting(Kind::epoch, 2)})),
            "plateau(val_loss, patience 2) or epoch 2");
  auto rising = plateau("acc", 3);
  rising.monitor.maximize = true;
  EXPECT_EQ(describe(rising), "plateau(acc max, patience 3)");
  EXPECT_EQ(describe(of(Kind::all, {of(Kind::any, {counting(Kind::epochs, 1), counting(Kind::epochs, 3)}),
                                    counting(Kind::step, 100)})),
            "(1 epoch or 3 epochs) and step 100");
  EXPECT_EQ(describe(of(Kind::any, {of(Kind::all, {counting(Kind::epoch, 1), counting(Kind::epoch, 2)}),
                                    reaches("a", Condition::Compare::less, 0.5)})),
            "epoch 1 and epoch 2 or a < 0.5");
}

TEST(InForce, IsTheLastOneThatAPhaseSet) {
  const Schedule s = sample_plan().schedule;
  EXPECT_EQ(optimizer_in_force(s, 0)->name, "adamw");
  EXPECT_EQ(optimizer_in_force(s, 1)->name, "adamw");
  EXPECT_EQ(optimizer_in_force(s, 2)->name, "sgd");
  EXPECT_EQ(lr_scheduler_in_force(s, 2)->name, "cosine_annealing_warm_restarts");
  EXPECT_EQ(optimizer_in_force(Schedule{}, 0), nullptr);
}

TEST(ParametersOf, ListsAGraphInItsOrder) {
  const auto graph = graph::read(std::string(FTS_SOURCE_DIR) + "/tests/data/graphs/tiny-gpt2.graph.json");
  ASSERT_TRUE(graph);
  const auto parameters = parameters_of(*graph);
  ASSERT_EQ(parameters.size(), graph->parameter_count());
  EXPECT_EQ(parameters.back().name, "lm_head.weight");
  EXPECT_EQ(parameters[parameters.back().tied_to.value()].name, "transformer.wte.weight");
  EXPECT_EQ(numel(parameters.back()), 2048 * 128);
}

}  // namespace
}  // namespace fts::plan
