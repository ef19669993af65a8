#include "compiler/rates/curves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/plan/plan_support.hpp"

namespace fts::rates {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

std::vector<std::string> names(const std::vector<Curve>& all) {
  std::vector<std::string> result;
  for (const auto& c : all) result.push_back(c.group);
  return result;
}

TEST(Curves, FollowEachGroupFromItsFirstEpochUnderItsPhasesScheduler) {
  const auto all = curves(plan::sample_plan(), 6).value();
  EXPECT_THAT(names(all), ElementsAre("head", "body", "body.no_decay", "all_of_it"));
  const auto near = [](double rate) { return DoubleNear(rate, 1e-12); };
  EXPECT_THAT(all[0].rates, ElementsAre(near(1e-3 / 3), near(1e-3 / 2), near(2e-3 / 3), near(2.5e-3 / 3), near(1e-3),
                                        near(1e-3)));  // linear from a third in four epochs
  const double half = 1e-7 + (2e-5 - 1e-7) / 2;        // half a period of a cosine is one epoch
  EXPECT_THAT(all[1].rates, ElementsAre(near(2e-5), near(half), near(2e-5), near(half), near(2e-5), near(half)));
  EXPECT_EQ(all[1].scheduler, "cosine_annealing_warm_restarts");
  EXPECT_EQ(all[3].phase, 2U);
}

TEST(Curves, AreAsLongAsTheSchedule) {
  plan::Plan plan = plan::sample_plan();
  EXPECT_EQ(curves(plan, 0).value()[0].rates.size(), 40U);
  plan.schedule.max_epochs = -1;
  EXPECT_EQ(curves(plan, 0).value()[0].rates.size(), 10U);
  plan.schedule.phases[0].lr_scheduler->arguments["interval"] = "step";
  EXPECT_EQ(curves(plan, 0).value()[0].rates.size(), 1000U);
  EXPECT_EQ(curves(plan, 0).value()[0].unit, "step");
}

TEST(Curves, StepAtTheSchedulersFrequency) {
  plan::Plan plan = plan::sample_plan();
  plan.schedule.phases[0].lr_scheduler->arguments["frequency"] = 2;
  const auto rates = curves(plan, 4).value()[0].rates;
  EXPECT_EQ(rates[0], rates[1]);
  EXPECT_LT(rates[1], rates[2]);
}

TEST(Curves, LeaveOutWhatIsNotKnownAhead) {
  plan::Plan plan = plan::sample_plan();
  plan.schedule.phases[1].lr_scheduler = plan::Spec{"reduce_on_plateau", {}};
  EXPECT_THAT(names(curves(plan, 2).value()), ElementsAre("head"));
  plan = plan::sample_plan();
  plan.schedule.compat_fts = true;
  EXPECT_THAT(names(curves(plan, 2).value()), ElementsAre("head"));
  plan.schedule.phases[0].lr_scheduler.reset();
  EXPECT_TRUE(curves(plan, 2).value().empty());
}

TEST(Curves, AreATableAndJson) {
  const auto all = curves(plan::sample_plan(), 2).value();
  EXPECT_EQ(curves_json(all)[0].at("unit"), "epoch");
  EXPECT_EQ(curves_json(all)[0].at("rates").size(), 2U);
  EXPECT_THAT(curves_table(all, false), testing::HasSubstr("body.no_decay"));
  EXPECT_EQ(curves_table({}, false), "");
}

}  // namespace
}  // namespace fts::rates
