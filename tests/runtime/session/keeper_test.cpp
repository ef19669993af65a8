#include "runtime/session/keeper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/runtime/support/tiny_models.hpp"

namespace fts::session {
namespace {

using testing::ElementsAre;

checkpoint::Content content() { return {"{}\n", nlohmann::json::object(), {}, {}}; }

// Saves one checkpoint for each value in one phase after the other, and gives the names that stay.
std::vector<std::string> run(const Keeping& keeping, const std::vector<std::vector<double>>& phases,
                             const std::string& folder) {
  Keeper keeper(folder, keeping);
  keeper.begin();
  int epoch = 0;
  for (std::size_t depth = 0; depth < phases.size(); ++depth) {
    for (const double value : phases[depth]) {
      const auto name = keeper.next_name("epoch" + std::to_string(epoch++));
      keeper.announce(name, static_cast<int>(depth), value);
      keeper.start(name, content());
      EXPECT_EQ(keeper.finished(true).value(), folder + "/" + name);
      Keeper resumed(folder, keeping);  // what is kept is known after a resume
      resumed.restore(nlohmann::json::parse(keeper.state().dump()), folder);
      EXPECT_EQ(resumed.best_of(static_cast<int>(depth)), keeper.best_of(static_cast<int>(depth)));
    }
  }
  return checkpoint::list(folder);
}

TEST(Keeper, KeepsTheBestOfEachPhaseAndTheLast) {
  EXPECT_THAT(run({}, {{3, 1, 2}, {5, 4, 6, 7}}, test::fresh_folder("keeper")),
              ElementsAre("000002-epoch1", "000005-epoch4", "000007-epoch6"));
}

TEST(Keeper, KeepsTheFirstOfEquals) {
  EXPECT_THAT(run({}, {{1, 1, 1}}, test::fresh_folder("keeper")), ElementsAre("000001-epoch0", "000003-epoch2"));
}

TEST(Keeper, FollowsTheMode) {
  EXPECT_THAT(run({.maximize = true}, {{1, 3, 2}}, test::fresh_folder("keeper")),
              ElementsAre("000002-epoch1", "000003-epoch2"));
}

TEST(Keeper, KeepsAsManyAsItIsTold) {
  EXPECT_THAT(run({.save_top_k = 2}, {{3, 1, 2, 9}}, test::fresh_folder("keeper")),
              ElementsAre("000002-epoch1", "000003-epoch2", "000004-epoch3"));
  EXPECT_EQ(run({.save_top_k = -1}, {{3, 1, 2, 9}}, test::fresh_folder("keeper")).size(), 4U);
  EXPECT_THAT(run({.save_top_k = 0, .restore_best = false}, {{1, 2, 3}}, test::fresh_folder("keeper")),
              ElementsAre("000003-epoch2"));
}

TEST(Keeper, KnowsWhatWouldStay) {
  Keeper keeper(test::fresh_folder("keeper"), {.save_top_k = 2});
  EXPECT_TRUE(keeper.ranks(0, 3.0));
  for (const double value : {3.0, 1.0}) {
    const auto name = keeper.next_name("epoch");
    keeper.announce(name, 0, value);
    keeper.start(name, content());
    ASSERT_TRUE(keeper.finished(true));
  }
  EXPECT_TRUE(keeper.ranks(0, 2.0));
  EXPECT_FALSE(keeper.ranks(0, 3.0));  // of equals the earlier stays
  EXPECT_TRUE(keeper.ranks(1, 3.0));   // each phase has its own
}

TEST(Keeper, TellsOfACheckpointOnceAndSaysWhyItCouldNotBeSaved) {
  const auto folder = test::fresh_folder("keeper");
  Keeper keeper(folder, {});
  EXPECT_EQ(keeper.finished(true).value(), std::nullopt);
  keeper.start(keeper.next_name("epoch0"), content());
  EXPECT_EQ(keeper.finished(true).value(), folder + "/000001-epoch0");
  EXPECT_EQ(keeper.finished(true).value(), std::nullopt);
  EXPECT_EQ(keeper.last(), folder + "/000001-epoch0");
  std::filesystem::create_directory(folder + "/.unfinished-000002-epoch1");
  std::filesystem::create_directory(folder + "/000002-epoch1");
  std::ofstream(folder + "/000002-epoch1/someone_elses") << "x";
  keeper.start(keeper.next_name("epoch1"), content());
  EXPECT_THAT(keeper.finished(true).error().text(),
              testing::HasSubstr("error[FTS1103]: the checkpoint '000002-epoch1'"));
  EXPECT_EQ(keeper.last(), folder + "/000001-epoch0");
}

TEST(Keeper, KnowsItsOwnFolderHoweverItIsSpelled) {
  const auto folder = test::fresh_folder("spelled");
  run({}, {{3, 1}}, folder);
  Keeper keeper(folder + "/../spelled/", {});
  keeper.restore(nlohmann::json::parse(R"([{"name":"000002-epoch1","depth":0,"value":1.0}])"), folder);
  keeper.announce("000003-epoch2", 0, 0.5);
  keeper.start("000003-epoch2", content());
  ASSERT_TRUE(keeper.finished(true));
  EXPECT_THAT(checkpoint::list(folder), ElementsAre("000003-epoch2"));
}

TEST(Keeper, LeavesAnotherRunsFolderAlone) {
  const auto theirs = test::fresh_folder("theirs"), ours = test::fresh_folder("ours");
  run({}, {{3, 1}}, theirs);
  Keeper keeper(ours, {});
  keeper.restore(nlohmann::json::parse(R"([{"name":"000002-epoch1","depth":0,"value":1.0}])"), theirs);
  EXPECT_EQ(keeper.best_of(0), theirs + "/000002-epoch1");
  keeper.announce("000001-epoch2", 0, 0.5);
  keeper.start("000001-epoch2", content());
  ASSERT_TRUE(keeper.finished(true));
  EXPECT_EQ(keeper.best_of(0), ours + "/000001-epoch2");
  EXPECT_THAT(checkpoint::list(theirs), ElementsAre("000002-epoch1"));
}

}  // namespace
}  // namespace fts::session
