// A session of several processes ends with the weights of one process, under every adapter and option.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "compiler/base/code.hpp"
#include "runtime/comm/world.hpp"
#include "tests/runtime/many/odd_net.hpp"
#include "tests/support/ranks.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests

struct Case {
  std::string name;
  plan::Strategy strategy;
  std::vector<std::vector<std::string>> units;  // prefixes of the parameters of each
  nlohmann::json schedule = nlohmann::json::object();
  bool restore_best = true;
  std::string act_ckpt = "";                           // of the units and of the whole model, one inside the other
  nlohmann::json of_units = nlohmann::json::object();  // settings
};

const std::vector<std::vector<std::string>> kByModule = {
    {"embed", "head"}, {"norm", "up"}, {"middle"}, {"down"}, {"idle"}};

std::vector<Case> cases() {
  const auto strategy = [](const std::string& adapter, nlohmann::json settings = nlohmann::json::object()) {
    return plan::Strategy{adapter, adapter, std::move(settings), {}, {}};
  };
  const auto whole_after_forward = nlohmann::json{{"reshard_after_forward", false}};
  return {
      {"Ddp", strategy("ddp"), {}},
      {"DdpInSmallBuckets", strategy("ddp", {{"bucket_cap_mb", 0.0001}}), {}},
      {"DdpWithShardedOptimizer", strategy("ddp", {{"zero1", true}, {"bucket_cap_mb", 0.0003}}), {}},
      {"DdpAccumulating", strategy("ddp"), {}, {{"accumulate_grad_batches", 4}}},
      {"DdpClipped", strategy("ddp"), {}, {{"gradient_clip_val", 0.3}}},
      {"Fsdp", strategy("fsdp"), kByModule},
      {"FsdpInOneUnit", strategy("fsdp"), {{"embed", "head", "norm", "up", "middle", "down", "idle"}}},
      {"FsdpShardGradOp", strategy("fsdp", {{"sharding_strategy", "SHARD_GRAD_OP"}}), kByModule},
      {"FsdpNoShard", strategy("fsdp", {{"sharding_strategy", "NO_SHARD"}}), kByModule},
      {"FsdpAccumulating", strategy("fsdp"), kByModule, {{"accumulate_grad_batches", 4}}},
      {"FsdpClipped", strategy("fsdp"), kByModule, {{"gradient_clip_val", 0.3}}},
      {"FsdpWithoutRestore", strategy("fsdp"), kByModule, nlohmann::json::object(), false},
      {"ModelParallel", strategy("model_parallel"), kByModule},
      {"ModelParallelMixingFrozenAndTrained",
       strategy("model_parallel"),
       {{"up", "down"}, {"middle", "embed", "head", "norm"}}},
      {"ModelParallelWithPlainParameters", strategy("model_parallel"), {{"middle"}, {"up"}}},
      {"ModelParallelWithPlainParametersClipped",
       strategy("model_parallel"),
       {{"middle"}, {"up"}},
       {{"gradient_clip_val", 0.3}}},
      {"ModelParallelWithWeightsAndBiasesInUnitsApart",
       strategy("model_parallel"),
       {{"up.weight", "middle.weight", "down.weight"}, {"up.bias", "middle.bias", "down.bias"}, {"embed", "norm"}}},
      {"ModelParallelWholeAfterForward", strategy("model_parallel", {{"whole", true}}), kByModule},
      {"FsdpOffloaded", strategy("fsdp", {{"cpu_offload", true}}), kByModule},
      {.name = "ModelParallelOffloaded",
       .strategy = strategy("model_parallel"),
       .units = kByModule,
       .of_units = {{"offload_policy", {{"pin_memory", true}}}}},
      {.name = "ModelParallelCheckpointed",
       .strategy = strategy("model_parallel"),
       .units = kByModule,
       .act_ckpt = "composable"},
      {.name = "ModelParallelCheckpointedAccumulating",
       .strategy = strategy("model_parallel"),
       .units = {{"up", "down"}, {"middle", "embed", "head", "norm"}},
       .schedule = {{"accumulate_grad_batches", 4}},
       .act_ckpt = "wrapped"},
      {.name = "ModelParallelCheckpointedAndOffloaded",
       .strategy = strategy("model_parallel", {{"whole", true}}),
       .units = {{"middle"}, {"up"}},
       .act_ckpt = "wrapped_offload"},
  };
}

plan::Plan plan_of(const OddNet& net, const Case& c) {
  auto plan = odd_plan(net);
  plan.schedule.settings.update(c.schedule);
  plan.schedule.restore_best = c.restore_best;
  plan.strategies = {c.strategy};
  for (const auto& prefixes : c.units) {
    auto& unit = add_unit(plan, prefixes);
    if (c.strategy.settings.contains("whole")) unit.settings["reshard_after_forward"] = false;
    unit.settings.update(c.of_units);
  }
  if (c.act_ckpt.empty()) return plan;
  plan.strategies.front().units.push_back({"", {}, nlohmann::json::object()});
  for (auto& unit : plan.strategies.front().units)
    unit.settings["act_ckpt"] = {{"mode", c.act_ckpt}, {"arguments", nlohmann::json::object()}};
  return plan;
}

struct Both {
  RecordedRun expected, found;
};

// The case by one process that has all rows, and by these, which have every ranks-th row each.
Both train_beside_one_process(World& world, const Case& c, int rank, int ranks, at::ScalarType dtype = at::kDouble) {
  OddNet one, many;
  one->to(dtype), many->to(dtype);
  auto base = plan_of(one, c);
  base.strategies = {{"base", "base", nlohmann::json::object(), {}, {}}};
  return {train_odd(one, std::move(base), {}, 0, 1), train_odd(many, plan_of(many, c), with(world), rank, ranks)};
}

// Losses and validation of every step and epoch, and the final weights by norm.
void expect_equal(World& world, const Both& both, double tolerance) {
  const auto& [expected, found] = both;
  ASSERT_EQ(found.losses.size(), 54U);
  ASSERT_EQ(found.result.moves.size(), 2U);
  EXPECT_EQ(found.result.moves[0].restored, expected.result.moves[0].restored);
  EXPECT_EQ(found.result.moves[1].restored, expected.result.moves[1].restored);
  EXPECT_EQ(found.result.restored, expected.result.restored);
  for (std::size_t i = 0; i < expected.losses.size(); ++i) {
    const auto loss = torch::tensor(found.losses[i], torch::kDouble);
    world.all().all_reduce(loss).wait();
    EXPECT_NEAR(loss.item<double>() / world.size(), expected.losses[i], tolerance) << "step " << i;
  }
  for (std::size_t i = 0; i < expected.validation.size(); ++i)
    EXPECT_NEAR(found.validation[i], expected.validation[i], tolerance);
  for (std::size_t i = 0; i < expected.weights.size(); ++i) {
    const auto difference = (found.weights[i] - expected.weights[i]).norm() / expected.weights[i].norm();
    EXPECT_LT(difference.item<double>(), tolerance) << "parameter " << i;
  }
}

// Ranks r and r + 1 share the memory of the parameters and work on the same rows.
TEST(TensorRanks, WorkOnOneBatch) {
  ranks::run(4, [](World& world) {
    const Case c{"mesh", {"m", "model_parallel", {{"mesh", {{"data", 2}, {"tensor", 2}}}}, {}, {}}, kByModule};
    const auto [expected, found] = train_beside_one_process(world, c, world.rank() / 2, 2);
    for (std::size_t i = 0; i < expected.weights.size(); ++i)
      EXPECT_LT((found.weights[i] - expected.weights[i]).norm().item<double>(), 1e-9) << "parameter " << i;
    EXPECT_EQ(found.result.warnings.front().code, Code::adapter_failed);
  });
}

TEST(HybridShard, ShardsWithinAHostAndReplicatesOverHosts) {
  ranks::run(4, [](World& world) {
    ::setenv("LOCAL_WORLD_SIZE", "2", 1);
    const Case c{"hybrid", {"f", "fsdp", {{"sharding_strategy", "HYBRID_SHARD"}}, {}, {}}, kByModule};
    const auto [expected, found] = train_beside_one_process(world, c, world.rank(), 4);
    for (std::size_t i = 0; i < expected.weights.size(); ++i)
      EXPECT_LT((found.weights[i] - expected.weights[i]).norm().item<double>(), 1e-9) << "parameter " << i;
  });
}

class Equality : public testing::TestWithParam<std::tuple<Case, int>> {};

TEST_P(Equality, WithOneProcess) {
  const auto& [c, size] = GetParam();
  ranks::run(size, [c = c](World& world) {
    expect_equal(world, train_beside_one_process(world, c, world.rank(), world.size()), 1e-9);
  });
}

TEST_P(Equality, WithOneProcessInFloat32) {
  const auto& [c, size] = GetParam();
  ranks::run(size, [c = c](World& world) {
    expect_equal(world, train_beside_one_process(world, c, world.rank(), world.size(), at::kFloat), 1e-5);
  });
}

std::string name_of(const testing::TestParamInfo<std::tuple<Case, int>>& test) {
  return std::get<0>(test.param).name + "On" + std::to_string(std::get<1>(test.param));
}
INSTANTIATE_TEST_SUITE_P(Three, Equality, testing::Combine(testing::ValuesIn(cases()), testing::Values(3)), name_of);
INSTANTIATE_TEST_SUITE_P(AnyNumber, Equality,
                         testing::Combine(testing::Values(cases()[1], cases()[5], cases()[14]),
                                          testing::Values(1, 2, 4)),
                         name_of);

}  // namespace
}  // namespace fts
