#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "compiler/rates/scheduler.hpp"

namespace fts::rates {
namespace {

const nlohmann::json& tables() {
  static const nlohmann::json all = [] {
    std::ifstream in(FTS_SOURCE_DIR "/tests/data/lr_schedulers/tables.json");
    return nlohmann::json::parse(in);
  }();
  return all;
}

// One group or more under a table's scheduler.
class Groups {
 public:
  explicit Groups(const nlohmann::json& table) : table_(table) {
    auto made = make_schedule({table.at("name"), table.at("arguments")});
    if (!made) throw std::runtime_error(made.error().text());
    schedule_ = std::move(*made);
  }
  void join() {
    const double lr = table_.at("lr");
    rates_.push_back({lr, lr, 0.9});
    schedule_.scheduler->join(rates_.back());
  }
  void step() {
    std::vector<Rate*> all;
    for (auto& rate : rates_) all.push_back(&rate);
    const auto metrics = table_.find("metrics");
    schedule_.scheduler->step(all, metrics == table_.end() ? 0 : metrics->at(steps_).get<double>());
    ++steps_;
  }
  // Goes on with a scheduler made anew, from what the old one remembers.
  void resume() {
    const auto state = nlohmann::json::parse(schedule_.scheduler->state().dump());
    schedule_ = *make_schedule({table_.at("name"), table_.at("arguments")});
    schedule_.scheduler->restore(state);
  }
  void expect(std::size_t group, std::size_t position) const {
    ASSERT_EQ(rates_[group].lr, table_.at("rates").at(position).get<double>()) << "at position " << position;
    if (!table_.contains("momenta")) return;
    ASSERT_EQ(rates_[group].momentum, table_.at("momenta").at(position).get<double>()) << "at position " << position;
  }

 private:
  const nlohmann::json& table_;
  Schedule schedule_;
  std::vector<Rate> rates_;
  std::size_t steps_ = 0;
};

void for_each_table(const std::function<void(const nlohmann::json&)>& test) {
  for (const auto& table : tables()) {
    SCOPED_TRACE(table.at("name").dump() + table.at("arguments").dump());
    test(table);
  }
}

TEST(LrSchedulers, EqualPyTorchsToTheLastBitOver200Steps) {
  for_each_table([](const auto& table) {
    Groups groups(table);
    groups.join();
    for (std::size_t i = 0; i < 200; ++i) {
      groups.expect(0, i);
      groups.step();
    }
    groups.expect(0, 200);
  });
}

TEST(LrSchedulers, GoOnFromWhatTheyRememberAtEveryStep) {
  for_each_table([](const auto& table) {
    Groups groups(table);
    groups.join();
    for (std::size_t i = 0; i < 200; ++i) {
      groups.expect(0, i);
      groups.resume();
      groups.step();
    }
  });
}

// reduce_on_plateau has one count for all groups: it is not a schedule of the group's own.
TEST(LrSchedulers, GiveAGroupThatJoinsLateTheWholeScheduleOfItsOwn) {
  for_each_table([](const auto& table) {
    if (table.contains("metrics")) return;
    Groups groups(table);
    groups.join();
    for (std::size_t i = 0; i < 13; ++i) groups.step();
    groups.join();
    for (std::size_t i = 0; i + 13 < 200; ++i) {
      groups.expect(0, i + 13);
      groups.expect(1, i);
      groups.step();
    }
  });
}

TEST(LrSchedulers, ReduceAllGroupsTogetherEachToItsOwnMinimum) {
  auto schedule = make_schedule({"reduce_on_plateau", {{"patience", 0}, {"factor", 0.5}, {"min_lr", {0.3, 0.01}}}});
  ASSERT_TRUE(schedule) << schedule.error().text();
  std::vector<Rate> rates = {{0.4, 0.4, {}}, {0.4, 0.4, {}}};
  std::vector<Rate*> all = {&rates[0], &rates[1]};
  for (auto* rate : all) schedule->scheduler->join(*rate);
  for (int i = 0; i < 3; ++i) schedule->scheduler->step(all, 1.0);
  EXPECT_EQ(rates[0].lr, 0.3);
  EXPECT_EQ(rates[1].lr, 0.1);
}

// What FTS does to a group that joins at epoch 6 of a cosine of six: eight times its rate.
TEST(LrSchedulers, OvershootForAGroupThatIsPutBesideTheOthers) {
  auto schedule = make_schedule({"cosine_annealing", {{"T_max", 6}}});
  std::vector<Rate> rates = {{0.05, 0.05, {}}, {0.02, 0.02, {}}};
  std::vector<Rate*> all = {&rates[0]};
  schedule->scheduler->join(rates[0]);
  for (int i = 0; i < 6; ++i) schedule->scheduler->step(all, 0);
  schedule->scheduler->join_beside(0.02);
  all.push_back(&rates[1]);
  for (int i = 0; i < 3; ++i) schedule->scheduler->step(all, 0);
  EXPECT_NEAR(rates[1].lr / 0.02, 8, 0.05);
}

TEST(LrSchedulers, PaceSaysWhenAStepIsDue) {
  const auto schedule = make_schedule({"step", {{"step_size", 1}, {"interval", "step"}, {"frequency", 3}}});
  ASSERT_TRUE(schedule);
  EXPECT_FALSE(schedule->pace.due(Pace::Interval::epoch, 3));
  EXPECT_FALSE(schedule->pace.due(Pace::Interval::step, 2));
  EXPECT_TRUE(schedule->pace.due(Pace::Interval::step, 3));
}

TEST(LrSchedulers, AreRefusedWhenThereIsNone) {
  EXPECT_THAT(make_schedule({"warm_up", nlohmann::json::object()}).error().text(),
              testing::HasSubstr("there is no scheduler 'warm_up'"));
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

TEST(LrSchedulers, WithAMetricStepByEpochs) {
  EXPECT_TRUE(make_schedule({"reduce_on_plateau", {{"interval", "epoch"}}}));
  const auto refused = make_schedule({"reduce_on_plateau", {{"interval", "step"}}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("'interval' must be epoch: the metric comes once an epoch"));
}

TEST(LrSchedulers, RefuseWhatAPartOfThemCannotUse) {
  const nlohmann::json parts = {{{"name", "step"}, {"arguments", {{"step_size", 0}}}},
                                {{"name", "reduce_on_plateau"}, {"arguments", nlohmann::json::object()}}};
  const auto text = make_schedule({"sequential", {{"schedulers", parts}, {"milestones", {3, 2}}}}).error().text();
  EXPECT_THAT(text, testing::HasSubstr("'step_size' must be at least 1"));
  EXPECT_THAT(text, testing::HasSubstr("'reduce_on_plateau' cannot be one of several schedulers"));
  EXPECT_THAT(text, testing::HasSubstr("'milestones' must ascend"));
}

}  // namespace
}  // namespace fts::rates
