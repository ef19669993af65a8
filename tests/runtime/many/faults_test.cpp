// What is said when processes are lost or do different things.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests
using testing::HasSubstr;

plan::Plan in_one_unit(const OddNet& net, const std::string& adapter) {
  auto plan = odd_plan(net);
  plan.strategies = {{adapter, adapter, nlohmann::json::object(), {}, {}}};
  if (adapter == "ddp") return plan;
  for (const std::string module : {"up", "middle", "down"}) add_unit(plan, {module});
  return plan;
}

class KilledRank : public testing::TestWithParam<const char*> {};

TEST_P(KilledRank, IsNamedByTheOthers) {
  const std::string adapter = GetParam();
  const auto outcomes = ranks::outcomes(3, [adapter](World& world) {
    OddNet net;
    try {
      train_odd(net, in_one_unit(net, adapter), with(world), world.rank(), world.size(), [&](Session&, int batch) {
        if (batch == 20 && world.rank() == 1) std::raise(SIGKILL);
      });
      ADD_FAILURE() << "the run went on without rank 1";
    } catch (const std::exception& e) {
      EXPECT_THAT(e.what(), HasSubstr("FTS1402"));
      EXPECT_THAT(e.what(), HasSubstr("rank 1 of 3 is gone"));
    }
  });
  if (outcomes.empty()) return;
  EXPECT_EQ(outcomes[0].status, 0) << outcomes[0].output;
  EXPECT_EQ(outcomes[1].status, -SIGKILL);
  EXPECT_EQ(outcomes[2].status, 0) << outcomes[2].output;
}

INSTANTIATE_TEST_SUITE_P(Adapters, KilledRank, testing::Values("ddp", "fsdp", "model_parallel"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Processes, ThatDoNotFitTheStrategyAreRefused) {
  ranks::run(2, [](World& world) {
    OddNet net;
    auto plan = in_one_unit(net, "model_parallel");
    plan.strategies.front().settings["mesh"] = {{"data", 3}};
    const auto session = Session::open(*net, plan, with(world));
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().diagnostics.front().code, Code::world_mismatch);
    const auto base = Session::open(*net, odd_plan(net), with(world));
    ASSERT_FALSE(base);
    EXPECT_EQ(base.error().diagnostics.front().code, Code::world_mismatch);
  });
}

TEST(Processes, ThatReportOtherMetricsGetAnErrorThatNamesThem) {
  ranks::run(2, [](World& world) {
    OddNet net;
    auto options = with(world);
    options.progress = false;
    auto session = Session::open(*net, in_one_unit(net, "ddp"), options);
    ASSERT_TRUE(session) << session.error().text();
    for (auto& epoch : session->epochs())
      epoch.finish({{"val_loss", 1.0}, {world.rank() == 0 ? "accuracy" : "f1", 0.5}});
    const auto result = session->result();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().diagnostics.front().code, Code::ranks_diverged);
    EXPECT_THAT(result.error().text(), HasSubstr("accuracy"));
  });
}

}  // namespace
}  // namespace fts
