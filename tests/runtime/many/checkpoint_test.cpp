// What some processes save, any other number goes on from, under any adapter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/comm/world.hpp"
#include "tests/runtime/many/first_ranks.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests

plan::Plan plan_under(const OddNet& net, const std::string& adapter, int max_epochs) {
  auto plan = odd_plan(net);
  plan.schedule.max_epochs = max_epochs;
  plan.strategies = {{adapter, adapter, nlohmann::json::object(), {}, {}}};
  if (adapter == "base" || adapter == "ddp") return plan;
  for (const std::vector<std::string>& prefixes :
       {std::vector<std::string>{"head", "norm"}, {"up", "middle"}, {"down"}}) {
    add_unit(plan, prefixes);
  }
  return plan;
}

TEST(Checkpoints, OpenInAnyNumberOfProcessesUnderAnyAdapter) {
  ranks::run(4, [](World& world) {
    const auto folder = world.exchange(world.rank() == 0 ? fresh_folder("any_number") : "").front();
    struct Leg {
      int processes;
      std::string adapter;
      int until;
    };
    std::vector<torch::Tensor> weights;
    for (const auto& leg : std::vector<Leg>{{4, "fsdp", 2}, {2, "ddp", 4}, {3, "model_parallel", 6}, {1, "base", 9}}) {
      if (const auto part = first_ranks(world, leg.processes)) {
        OddNet net;
        Options options;
        if (leg.adapter != "base") options.world = part;
        options.checkpoints = options.resume = folder;
        const auto run = train_odd(net, plan_under(net, leg.adapter, leg.until), options, part->rank(), part->size());
        EXPECT_EQ(run.result.epochs, leg.until);
        weights = run.weights;
      }
      world.all().barrier();
    }
    if (world.rank() != 0) return;
    OddNet net;
    const auto expected = train_odd(net, plan_under(net, "base", 9), {}, 0, 1).weights;
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_LT(((weights[i] - expected[i]).norm() / expected[i].norm()).item<double>(), 1e-9) << "parameter " << i;
  });
}

TEST(Checkpoints, AllProcessesStopWhereOneIsTold) {
  ranks::run(3, [](World& world) {
    const auto folder = world.exchange(world.rank() == 0 ? fresh_folder("stopped") : "").front();
    auto options = with(world);
    options.checkpoints = folder;
    OddNet first;
    const auto stopped = train_odd(first, plan_under(first, "fsdp", 9), options, world.rank(), world.size(),
                                   [&](Session& session, int batch) {
                                     if (batch == 15 && world.rank() == 1) session.stop("told");
                                   });
    EXPECT_TRUE(stopped.result.stopped);
    EXPECT_EQ(stopped.result.steps, 16);
    OddNet second, one;
    options.resume = folder;
    const auto resumed = train_odd(second, plan_under(second, "fsdp", 9), options, world.rank(), world.size());
    const auto whole = train_odd(one, plan_under(one, "fsdp", 9), with(world), world.rank(), world.size());
    for (std::size_t i = 0; i < whole.weights.size(); ++i)
      EXPECT_TRUE(torch::equal(resumed.weights[i], whole.weights[i])) << "parameter " << i;
  });
}

}  // namespace
}  // namespace fts
