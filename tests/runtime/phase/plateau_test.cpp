#include "runtime/phase/plateau.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace fts::phase {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
using V = Verdict;

struct Case {
  std::string name;
  plan::Monitor monitor;
  std::vector<double> values;
  std::vector<Verdict> verdicts;
};

plan::Monitor monitor(int patience, bool maximize = false, double min_delta = 0) {
  plan::Monitor m;
  m.metric = "val_loss";
  m.patience = patience;
  m.maximize = maximize;
  m.min_delta = min_delta;
  return m;
}

plan::Monitor with(plan::Monitor m, std::optional<double> stopping, std::optional<double> divergence, bool finite) {
  m.stopping_threshold = stopping;
  m.divergence_threshold = divergence;
  m.check_finite = finite;
  return m;
}

class PlateauTable : public testing::TestWithParam<Case> {};

TEST_P(PlateauTable, GivesTheVerdicts) {
  Plateau plateau(GetParam().monitor);
  std::vector<Verdict> seen;
  for (const double value : GetParam().values) seen.push_back(plateau.observe(value));
  EXPECT_EQ(seen, GetParam().verdicts);
}

TEST(Plateau, IsNotReachedBeforeTheFirstValue) { EXPECT_FALSE(Plateau(monitor(0)).reached()); }

INSTANTIATE_TEST_SUITE_P(
    Rules, PlateauTable,
    testing::Values(Case{"TheFirstValueImproves", monitor(1), {5.0}, {V::improved}},
                    Case{"WithoutPatienceTheFirstThatDoesNotImproveEndsIt",
                         monitor(0),
                         {1, 0.5, 0.6},
                         {V::improved, V::improved, V::plateau}},
                    Case{"AnEqualValueDoesNotImprove", monitor(2), {1, 1, 1}, {V::improved, V::waiting, V::plateau}},
                    Case{"AnImprovementStartsTheWaitAnew",
                         monitor(2),
                         {1, 2, 0.5, 2, 2},
                         {V::improved, V::waiting, V::improved, V::waiting, V::plateau}},
                    Case{"MaxModeWantsMore", monitor(1, true), {1, 2, 2}, {V::improved, V::improved, V::plateau}},
                    Case{"MinDeltaIsToBeExceededInMinMode",
                         monitor(1, false, 0.25),
                         {1, 0.75, 0.5},
                         {V::improved, V::plateau, V::improved}},
                    Case{"MinDeltaIsToBeExceededInMaxMode",
                         monitor(1, true, 0.25),
                         {1, 1.25, 1.5},
                         {V::improved, V::plateau, V::improved}},
                    Case{"SmallStepsAddUpAgainstTheBest",
                         monitor(3, false, 0.25),
                         {1, 0.9, 0.8, 0.7},
                         {V::improved, V::waiting, V::waiting, V::improved}},
                    Case{"PatienceNoughtIsReachedByTheFirstMiss", monitor(0), {1, 1}, {V::improved, V::plateau}},
                    Case{"NanIsNotFinite", monitor(3), {1, kNan}, {V::improved, V::not_finite}},
                    Case{"InfinityIsNotFinite", monitor(3), {kInf}, {V::not_finite}},
                    Case{"NanOnlyWaitsWithoutTheCheck",
                         with(monitor(2), {}, {}, false),
                         {kNan, kNan, 1},
                         {V::waiting, V::plateau, V::improved}},
                    Case{"StoppingThresholdIsToBePassed",
                         with(monitor(9), 0.5, {}, true),
                         {1, 0.5, 0.4},
                         {V::improved, V::improved, V::threshold_reached}},
                    Case{"DivergenceThresholdIsToBePassed",
                         with(monitor(9), {}, 2, true),
                         {1, 2, 2.5},
                         {V::improved, V::waiting, V::diverged}},
                    Case{"ThresholdsTurnAroundInMaxMode",
                         with(monitor(9, true), 0.9, 0.1, true),
                         {0.5, 0.05, 0.95},
                         {V::improved, V::diverged, V::threshold_reached}}),
    [](const auto& c) { return c.param.name; });

TEST(Plateau, SaysWhy) {
  Plateau plateau(monitor(2));
  for (const double value : {1.0, 1.0}) plateau.observe(value);
  EXPECT_EQ(plateau.reason(), "val_loss has not improved for 1 epoch");
  plateau.observe(3);
  EXPECT_TRUE(plateau.reached());
  EXPECT_EQ(plateau.reason(), "val_loss has not improved for 2 epochs");
}

// 0.85 is less than 1 - 0.15 in doubles, and equal to it in float32 tensors, which Lightning compares.
TEST(Plateau, ComparesInSinglePrecisionUnderFts) {
  Plateau ours(monitor(1, false, 0.15));
  Plateau fts(monitor(1, false, 0.15), true);
  for (auto* plateau : {&ours, &fts}) plateau->observe(1);
  EXPECT_EQ(ours.observe(0.85 - 1e-12), Verdict::improved);
  EXPECT_EQ(fts.observe(static_cast<double>(0.85F)), Verdict::plateau);
}

TEST(Plateau, StateSurvivesJsonText) {
  Plateau plateau(with(monitor(5), {}, {}, false));
  for (const double value : {kInf, 0.1 + 0.2, 7.0}) plateau.observe(value);
  Plateau copy(with(monitor(5), {}, {}, false));
  copy.restore(nlohmann::json::parse(plateau.state().dump()));
  EXPECT_EQ(copy.best(), 0.1 + 0.2);
  EXPECT_EQ(copy.wait_count(), 1);
  EXPECT_EQ(exact(nlohmann::json::parse(exact(-kInf).dump())), -kInf);
}

}  // namespace
}  // namespace fts::phase
