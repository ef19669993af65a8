#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "runtime/optim/lr/scheduler.hpp"

namespace fts::optim {
namespace {

nlohmann::json tables() {
  std::ifstream in(FTS_SOURCE_DIR "/tests/data/lr_schedulers/tables.json");
  return nlohmann::json::parse(in);
}

Rate starting(double lr) { return {lr, lr, 0}; }

void step(LrScheduler& scheduler, std::vector<Rate>& rates) {
  std::vector<Rate*> all;
  for (auto& rate : rates) all.push_back(&rate);
  scheduler.step(all, 0);
}

// "to the last bit": the same doubles, not near ones. A libm may round a cosine otherwise, hence four units there.
TEST(LrSchedulers, EqualPyTorchsOver200Steps) {
  for (const auto& table : tables()) {
    SCOPED_TRACE(table.at("name").dump() + table.at("arguments").dump());
    auto schedule = make_schedule({table.at("name"), table.at("arguments")});
    ASSERT_TRUE(schedule) << schedule.error().text();
    std::vector<Rate> rates = {starting(table.at("lr"))};
    schedule->scheduler->join(rates[0]);
    const auto& expected = table.at("rates");
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_DOUBLE_EQ(rates[0].lr, expected[i].get<double>()) << "at position " << i;
      ASSERT_EQ(rates[0].position, static_cast<std::int64_t>(i));
      step(*schedule->scheduler, rates);
    }
  }
}

TEST(LrSchedulers, AGroupThatJoinsLateHasTheWholeScheduleOfItsOwn) {
  for (const auto& table : tables()) {
    SCOPED_TRACE(table.at("name").dump() + table.at("arguments").dump());
    auto schedule = make_schedule({table.at("name"), table.at("arguments")});
    ASSERT_TRUE(schedule);
    std::vector<Rate> rates = {starting(table.at("lr"))};
    schedule->scheduler->join(rates[0]);
    for (int i = 0; i < 13; ++i) step(*schedule->scheduler, rates);
    rates.push_back(starting(table.at("lr")));
    schedule->scheduler->join(rates[1]);
    const auto& expected = table.at("rates");
    for (std::size_t i = 0; i + 13 < expected.size(); ++i) {
      ASSERT_DOUBLE_EQ(rates[0].lr, expected[i + 13].get<double>());
      ASSERT_DOUBLE_EQ(rates[1].lr, expected[i].get<double>());
      step(*schedule->scheduler, rates);
    }
  }
}

TEST(LrSchedulers, PaceSaysWhenAStepIsDue) {
  const auto schedule = make_schedule({"step", {{"step_size", 1}, {"interval", "step"}, {"frequency", 3}}});
  ASSERT_TRUE(schedule);
  EXPECT_FALSE(schedule->pace.due(Pace::Interval::epoch, 3));
  EXPECT_FALSE(schedule->pace.due(Pace::Interval::step, 2));
  EXPECT_TRUE(schedule->pace.due(Pace::Interval::step, 3));
}

TEST(LrSchedulers, AreRefusedWhenTheRuntimeDoesNotHaveThem) {
  EXPECT_EQ(make_schedule({"one_cycle", nlohmann::json::object()}).error().text(),
            "error[FTS1002]: the runtime has no scheduler 'one_cycle'\n"
            "  help: it has cosine_annealing, linear, step\n");
}

TEST(LrSchedulers, RefuseAllWrongArgumentsAtOnce) {
  const nlohmann::json wrong = {{"step_size", 0}, {"gamma", "x"}, {"verbose", true}, {"interval", "day"}};
  EXPECT_EQ(make_schedule({"step", wrong}).error().text(),
            "error[FTS1002]: the arguments of scheduler 'step' cannot be used\n"
            "  note: 'interval' must be epoch or step\n"
            "  note: 'gamma' must be a number, not \"x\"\n"
            "  note: 'step_size' must be at least 1\n"
            "  note: 'verbose' is not an argument that the runtime knows\n");
  EXPECT_THAT(make_schedule({"cosine_annealing", nlohmann::json::object()}).error().text(),
              testing::HasSubstr("'T_max' is missing"));
}

}  // namespace
}  // namespace fts::optim
