// What some processes save, any other number goes on from, under any adapter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "compiler/base/code.hpp"
#include "runtime/bind/load_weights.hpp"
#include "runtime/bind/safetensors.hpp"
#include "runtime/checkpoint/folder.hpp"
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

// Each parameter in one of three files, about as much in each; the index tells which, as for any sharded model.
TEST(Checkpoints, AreWrittenByAllProcessesEachAShare) {
  ranks::run(3, [](World& world) {
    const auto folder = world.exchange(world.rank() == 0 ? fresh_folder("shares") : "").front();
    auto options = with(world);
    options.checkpoints = folder;
    OddNet net;
    const auto weights = train_odd(net, plan_under(net, "fsdp", 2), options, world.rank(), world.size()).weights;
    if (world.rank() != 0) return;
    const auto path = folder + "/" + checkpoint::list(folder).back();
    std::int64_t total = 0, largest = 0;
    for (const auto& w : weights) {
      total += w.numel();
      largest = std::max(largest, w.numel());
    }
    for (int part = 0; part < 3; ++part) {
      for (const char* stem : {checkpoint::kModel, checkpoint::kOptimizer})
        EXPECT_TRUE(std::filesystem::exists(path + "/" + checkpoint::tensors_file(stem, part, 3))) << stem << part;
      std::int64_t share = 0;
      const auto file = bind::SafetensorsFile::open(path + "/" + checkpoint::tensors_file("model", part, 3));
      for (const auto& tensor : file->header().tensors) share += file->read(tensor).numel();
      EXPECT_LE(share, total / 3 + largest);
    }
    OddNet read;
    const auto loaded = load_weights(*read, path);
    ASSERT_TRUE(loaded) << loaded.error().text();
    const auto parameters = read->parameters();
    for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_TRUE(torch::equal(parameters[i], weights[i])) << i;
  });
}

// Not a folder, and none can be made there: every rank ends with that, and none waits for another.
TEST(Checkpoints, ThatCannotBeWrittenEndTheRunOfEveryRank) {
  ranks::run(3, [](World& world) {
    auto options = with(world);
    options.progress = false;
    options.checkpoints = "/dev/null/run";
    OddNet net;
    auto session = Session::open(*net, plan_under(net, "fsdp", 6), options);
    ASSERT_TRUE(session) << session.error().text();
    for (auto& epoch : session->epochs()) {
      for (int batch = 0; batch < 3; ++batch)
        session->step(odd_loss(net, share_of(odd_batch(batch), world.rank(), world.size())));
      epoch.finish({{"val_loss", 1.0 / static_cast<double>(epoch.index() + 1)}});
    }
    const auto result = session->result();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().diagnostics.front().code, Code::checkpoint_unwritable) << result.error().text();
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
