// What is said when processes are lost or do different things.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/runtime/support/training_loop.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests
using testing::HasSubstr;

const auto kAdapters = testing::Values("ddp", "fsdp", "model_parallel");
std::string adapter_of(const testing::TestParamInfo<const char*>& test) { return test.param; }

plan::Plan in_one_unit(const OddNet& net, const std::string& adapter) {
  auto plan = odd_plan(net);
  plan.strategies = {{adapter, adapter, nlohmann::json::object(), {}, {}}};
  if (adapter == "ddp") return plan;
  for (const std::string module : {"up", "middle", "down"}) add_unit(plan, {module});
  return plan;
}

// When a rank dies: so long after a batch.
struct Death {
  std::string adapter;
  int rank = 0;
  int batch = 0;
  std::chrono::microseconds after{};
};

void expect_named(const Death& death) {
  const auto outcomes = ranks::outcomes(3, [&](World& world) {
    OddNet net;
    try {
      train_odd(net, in_one_unit(net, death.adapter), with(world), world.rank(), world.size(),
                [&](Session&, int batch) {
                  if (batch != death.batch || world.rank() != death.rank) return;
                  std::thread([&] {
                    std::this_thread::sleep_for(death.after);
                    std::raise(SIGKILL);
                  }).detach();
                });
      ADD_FAILURE() << "the run went on without rank " << death.rank;
    } catch (const std::exception& e) {
      EXPECT_THAT(e.what(), HasSubstr("FTS1402"));
      EXPECT_THAT(e.what(), HasSubstr(fmt::format("rank {} of 3 is gone", death.rank)));
    }
  });
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank)
    EXPECT_EQ(outcomes[rank].status, static_cast<int>(rank) == death.rank ? -SIGKILL : 0) << outcomes[rank].output;
}

class KilledRank : public testing::TestWithParam<const char*> {};

TEST_P(KilledRank, IsNamedByTheOthers) { expect_named({GetParam(), 1, 20, {}}); }

INSTANTIATE_TEST_SUITE_P(Adapters, KilledRank, kAdapters, adapter_of);

// FTS_KILLS of them, each at a moment of its own.
int kills() {
  const char* wanted = std::getenv("FTS_KILLS");
  return wanted == nullptr ? 3 : std::atoi(wanted);
}

class KilledAtRandom : public testing::TestWithParam<int> {};

TEST_P(KilledAtRandom, IsNamedByTheOthers) {
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  const std::vector<std::string> adapters = {"ddp", "fsdp", "model_parallel"};
  expect_named({adapters[random() % 3], static_cast<int>(random() % 3), 1 + static_cast<int>(random() % 40),
                std::chrono::microseconds(random() % 10'000)});
}

INSTANTIATE_TEST_SUITE_P(Moments, KilledAtRandom, testing::Range(0, kills()));

TEST(Hosts, WhoseLinkIsCutBothEndWithAnErrorThatNamesTheOther) {
  const auto outcomes = ranks::outcomes_on_two_hosts(
      [](World& world) {
        OddNet net;
        try {
          train_odd(net, in_one_unit(net, "fsdp"), with(world), world.rank(), world.size(), [&](Session&, int batch) {
            if (batch == 20 && world.rank() == 1) ranks::cut_link();
          });
          ADD_FAILURE() << "the run went on without the other host";
        } catch (const std::exception& e) {
          EXPECT_THAT(e.what(), HasSubstr("FTS1402"));
          EXPECT_THAT(e.what(), HasSubstr(fmt::format("rank {} of 2 is gone", 1 - world.rank())));
        }
      },
      {.train = std::chrono::seconds(3)});
  if (outcomes.empty()) GTEST_SKIP() << "network namespaces take root and iproute2";
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.status, 0) << outcome.output;
}

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

// What ends a run of two processes in which rank 1 does something else; each process tells its own error.
void expect_diverged(const std::string& adapter, const std::function<void(World&, Session&, OddNet&)>& loop,
                     const std::string& text) {
  const auto begin = std::chrono::steady_clock::now();
  ranks::run(2, [&](World& world) {
    OddNet net;
    auto session = Session::open(*net, in_one_unit(net, adapter), quiet(with(world)));
    ASSERT_TRUE(session) << session.error().text();
    try {
      loop(world, *session, net);
    } catch (const std::exception& e) {  // out of the forward
      EXPECT_THAT(e.what(), HasSubstr(text));
      return;
    }
    const auto result = session->result();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().diagnostics.front().code, Code::ranks_diverged);
    EXPECT_THAT(result.error().text(), HasSubstr(text));
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(40)) << "it waited for a timeout";
}

class DivergingPrograms : public testing::TestWithParam<const char*> {};

TEST_P(DivergingPrograms, EndWhereOneRankOnlyReportsMetrics) {
  expect_diverged(
      GetParam(),
      [](World& world, Session& session, OddNet& net) {
        for (auto& epoch : session.epochs()) {
          session.step(odd_loss(net, odd_batch(1)));
          epoch.finish(world.rank() == 0 ? Metrics{{"val_loss", 1.0}} : Metrics{});
        }
      },
      "reports the metrics");
}

TEST_P(DivergingPrograms, EndWhereOneRankTrainsLonger) {
  expect_diverged(
      GetParam(),
      [](World& world, Session& session, OddNet& net) {
        for (auto& epoch : session.epochs()) {
          for (int i = 0; i < 2 + world.rank() && !session.broken_off(); ++i) session.step(odd_loss(net, odd_batch(i)));
          if (!session.broken_off()) epoch.finish({{"val_loss", 1.0}});
        }
      },
      "wait for each other in different places");
}

TEST_P(DivergingPrograms, EndWhereOneRankLeavesEarly) {
  expect_diverged(
      GetParam(),
      [](World& world, Session& session, OddNet& net) {
        for (auto& epoch : session.epochs()) {
          if (world.rank() == 0 && epoch.index() == 1) break;
          session.step(odd_loss(net, odd_batch(1)));
          epoch.finish({{"val_loss", 1.0}});
        }
      },
      "rank 0 ends the run");
}

INSTANTIATE_TEST_SUITE_P(Adapters, DivergingPrograms, kAdapters, adapter_of);

TEST(DivergingValidation, EndsWhereOneRankOnlyHasAShardedModel) {
  expect_diverged(
      "fsdp",
      [](World& world, Session& session, OddNet& net) {
        for (auto& epoch : session.epochs()) {
          session.step(odd_loss(net, odd_batch(1)));
          if (world.rank() == 0) {
            const torch::NoGradGuard no_grad;
            odd_loss(net, odd_batch(2));
          }
          epoch.finish({{"val_loss", 1.0}});
        }
      },
      "wait for each other in different places");
}

// (0.1 + 0.1) + 0.4 and (0.4 + 0.1) + 0.1 differ in the last bit.
TEST(Metrics, AreTheSameBitsOnAllRanks) {
  ranks::run(3, [](World& world) {
    OddNet net;
    auto plan = in_one_unit(net, "ddp");
    plan.schedule.max_epochs = 2;
    struct Seen : Observer {
      explicit Seen(std::vector<double>& values) : into(values) {}
      void on_epoch(const EpochEvent& e) override { into.push_back(e.metrics.at("val_loss")); }
      std::vector<double>& into;
    };
    std::vector<double> seen;
    auto options = quiet(with(world));
    options.observers.push_back(std::make_shared<Seen>(seen));
    auto session = Session::open(*net, plan, options);
    ASSERT_TRUE(session) << session.error().text();
    const std::vector<double> values = {0.1, 0.1, 0.4};
    for (auto& epoch : session->epochs())
      epoch.finish({{"val_loss", values[static_cast<std::size_t>((world.rank() + epoch.index()) % 3)]}});
    ASSERT_EQ(seen.size(), 2U);
    const auto mine = torch::tensor(seen, torch::kDouble);
    const auto firsts = mine.clone();
    world.all().broadcast(firsts, 0).wait();
    EXPECT_TRUE(torch::equal(mine, firsts));
  });
}

// A program's mistakes with what is sharded are errors, not other weights.
TEST(ShardedParameters, AreNotChangedInPlace) {
  ranks::run(2, [](World& world) {
    OddNet net;
    auto session = Session::open(*net, in_one_unit(net, "model_parallel"), quiet(with(world)));
    ASSERT_TRUE(session) << session.error().text();
    const torch::NoGradGuard no_grad;
    if (world.rank() != 0) return;  // no rank waits for another
    try {
      net->middle->weight.clamp_(-0.1, 0.1);
      ADD_FAILURE() << "it would be lost";
    } catch (const std::exception& e) {
      EXPECT_THAT(e.what(), HasSubstr("changes a parameter of the sharded unit 'middle' in place"));
    }
  });
}

class TriedStep : public testing::TestWithParam<const char*> {};

TEST_P(TriedStep, LeavesTheModelAsItIs) {
  ranks::run(2, [adapter = std::string(GetParam())](World& world) {
    OddNet net, same;
    auto session = Session::open(*net, in_one_unit(net, adapter), quiet(with(world)));
    ASSERT_TRUE(session) << session.error().text();
    EXPECT_TRUE(session->try_step(odd_loss(net, odd_batch(world.rank()))));
    EXPECT_TRUE(session->result());
    EXPECT_TRUE(torch::equal(net->down->weight, same->down->weight));
  });
}
INSTANTIATE_TEST_SUITE_P(Adapters, TriedStep, kAdapters, adapter_of);

TEST(ShardedParameters, HaveNoBackwardBesideTheSteps) {
  ranks::run(2, [](World& world) {
    OddNet net;
    auto session = Session::open(*net, in_one_unit(net, "model_parallel"), quiet(with(world)));
    ASSERT_TRUE(session) << session.error().text();
    for (auto& epoch : session->epochs()) {
      (void)epoch;
      try {
        odd_loss(net, odd_batch(1)).backward();
        ADD_FAILURE() << "its gradients would be lost";
      } catch (const std::exception& e) {
        EXPECT_THAT(e.what(), HasSubstr("give session.step() the sum of the losses"));
      }
      break;
    }
  });
}

}  // namespace
}  // namespace fts
