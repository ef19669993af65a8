#include "runtime/session/plan_difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts::session {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(PlanDifferences, AreNamedByTheirPath) {
  EXPECT_THAT(plan_differences(R"({"schedule":{"phases":[{"name":"top","x":1}]}})",
                               R"({"schedule":{"phases":[{"name":"upper","y":2}]}})"),
              ElementsAre("schedule.phases.0.name was \"top\", is \"upper\"", "schedule.phases.0.x was 1, is null",
                          "schedule.phases.0.y was null, is 2"));
}

TEST(PlanDifferences, LetTheLengthOfARunChange) {
  EXPECT_THAT(plan_differences(R"({"schedule":{"max_epochs":3},"source_hash":"a"})",
                               R"({"schedule":{"max_epochs":5},"source_hash":"b"})"),
              IsEmpty());
}

TEST(PlanDifferences, AreCountedWhereThereAreMany) {
  std::string a = "[0", b = "[1";
  for (int i = 0; i < 30; ++i) {
    a += ",0";
    b += ",1";
  }
  const auto lines = plan_differences("{\"x\":" + a + "]}", "{\"x\":" + b + "]}");
  ASSERT_EQ(lines.size(), 13U);
  EXPECT_EQ(lines.back(), "… and 19 more");
}

TEST(PlanDifferences, RefuseWhatIsNoPlan) {
  EXPECT_THAT(plan_differences("{", "{}"), ElementsAre("its plan is no JSON"));
}

}  // namespace
}  // namespace fts::session
