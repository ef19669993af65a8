// The memory of phases: the formulae of docs/MEMORY.md on sizes that can be counted by hand.
#include "compiler/plan/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.hpp"

namespace fts::plan {
namespace {

using nlohmann::json;

// Two layers of 6 x 4 and 6 elements, a head of 3 x 6; phase 0 trains the head, phase 1 all.
Plan two_layers() {
  Plan plan;
  plan.parameters = {{"a.weight", {6, 4}, graph::DType::f32, {}},
                     {"a.bias", {6}, graph::DType::f32, {}},
                     {"b.weight", {6, 4}, graph::DType::f32, {}},
                     {"b.bias", {6}, graph::DType::f32, {}},
                     {"head.weight", {3, 6}, graph::DType::f32, {}}};
  plan.schedule.phases.resize(2);
  plan.schedule.phases[0] = {.depth = 0, .name = "head", .thaw = {4}};
  plan.schedule.phases[0].optimizer = {"adamw", json::object()};
  plan.schedule.phases[1] = {.depth = 1, .name = "all", .thaw = {0, 1, 2, 3}};
  return plan;
}

Strategy sharded(const std::string& adapter, const json& settings = json::object(), const json& unit = json::object()) {
  return {.name = "s",
          .adapter = adapter,
          .settings = settings,
          .units = {{"a", {0, 1}, unit}, {"b", {2, 3}, unit}, {"", {4}, unit}}};
}

TEST(BytesInWords, AreThreeDigitsAndAtMostEightColumns) {
  EXPECT_EQ(bytes_in_words(0), "0 B");
  EXPECT_EQ(bytes_in_words(999), "999 B");
  EXPECT_EQ(bytes_in_words(1700), "1.66 KiB");
  EXPECT_EQ(bytes_in_words(10.0 * 1024 - 1), "10.0 KiB");
  EXPECT_EQ(bytes_in_words(191.1 * 1024 * 1024), "191 MiB");
  EXPECT_EQ(bytes_in_words(99.99 * 1024 * 1024), "100 MiB");
  EXPECT_EQ(bytes_in_words(64.8 * 1024 * 1024 * 1024), "64.8 GiB");
  EXPECT_EQ(bytes_in_words(5000.0 * 1024 * 1024 * 1024 * 1024), "5000 TiB");
}

TEST(Memory, OfOneProcessIsTheModelItsGradientsAndTwiceThoseForAdam) {
  const Plan plan = two_layers();
  const auto phases = memory(plan, {.name = "base", .adapter = "base"}, {});
  EXPECT_EQ(phases[0].parameters, 78 * 4);
  EXPECT_EQ(phases[0].gradients, 18 * 4);
  EXPECT_EQ(phases[0].optimizer, 2 * 18 * 4);
  EXPECT_EQ(phases[1].gradients, 78 * 4);
  EXPECT_EQ(phases[1].device(), 4 * 78 * 4);
  EXPECT_EQ(phases[1].moved, 0);
}

TEST(Memory, OfFlatUnitsRoundsEachUnitUp) {
  const Plan plan = two_layers();
  const auto phases = memory(plan, sharded("fsdp"), {.data = 4});
  EXPECT_EQ(phases[0].parameters, (8 + 8 + 5) * 4);  // ceil(30 / 4), twice, and ceil(18 / 4)
  EXPECT_EQ(phases[0].gradients, 5 * 4);
  EXPECT_EQ(phases[0].trained_units, 1u);
  EXPECT_EQ(phases[0].gathered, (30 + 30) * 4);
  EXPECT_EQ(phases[0].reduced, 18 * 4);
  EXPECT_EQ(phases[0].moved, 0.75 * 4 * (78 + 18 + 18));  // all forward, the head again, its gradient
  EXPECT_EQ(phases[1].moved, 0.75 * 4 * 3 * 78);
}

TEST(Memory, OfParametersRoundsEachDimensionUp) {
  const Plan plan = two_layers();
  const auto phases =
      memory(plan, sharded("model_parallel", json::object(), {{"reshard_after_forward", true}}), {.data = 4});
  EXPECT_EQ(phases[1].parameters, ((2 * 4 + 2) * 2 + 1 * 6) * 4);
  const auto columns =
      memory(plan, sharded("model_parallel", json::object(), {{"shard_placement", json::parse("[[0,1],[2,1]]")}}),
             {.data = 4});
  EXPECT_EQ(columns[1].parameters, ((6 * 1 + 2) * 2 + 1 * 6) * 4);
}

TEST(Memory, KeepsUnitsThatDoNotReshard) {
  const Plan plan = two_layers();
  const auto all =
      memory(plan, sharded("model_parallel", json::object(), {{"reshard_after_forward", false}}), {.data = 2});
  EXPECT_EQ(all[1].gathered, 78 * 4);
  EXPECT_EQ(all[1].moved, 0.5 * 4 * 2 * 78);  // gathered once, reduced once
  const auto half =
      memory(plan, sharded("model_parallel", json::object(), {{"reshard_after_forward", 2}}), {.data = 4});
  EXPECT_EQ(half[1].gathered, 78 * 4 / 2 + 30 * 4);
}

TEST(Memory, OfPrecisionOffloadAndTensorParallel) {
  const Plan plan = two_layers();
  const json unit = {{"mp_policy", {{"param_dtype", "bf16"}, {"reduce_dtype", "f32"}}},
                     {"offload_policy", {{"pin_memory", true}}}};
  const auto phases = memory(plan, sharded("model_parallel", json::object(), unit), {.data = 2});
  EXPECT_EQ(phases[1].gathered, 60 * 2);
  EXPECT_EQ(phases[1].reduced, 2 * (30 * 2 + 30 * 4));
  EXPECT_EQ(phases[1].host, phases[1].parameters + phases[1].gradients + phases[1].optimizer);
  Strategy split{.name = "t", .adapter = "model_parallel"};
  split.tensor_parallel = {{"a", "colwise", {{0, 0, 1}, {1, 0, 1}}, json::object()}};
  EXPECT_EQ(memory(plan, split, {.data = 1, .tensor = 4})[1].parameters, (2 * 4 + 2 + 24 + 6 + 18) * 4);
}

TEST(Memory, OfReplicasHasBucketsUnlessTheyAreTheGradients) {
  const Plan plan = two_layers();
  const auto plain = memory(plan, {.name = "d", .adapter = "ddp"}, {.data = 2});
  EXPECT_EQ(plain[0].reduced, 18 * 4);
  EXPECT_EQ(plain[0].moved, 18 * 4);  // 2 (D - 1) / D
  const auto views =
      memory(plan, {.name = "d", .adapter = "ddp", .settings = {{"gradient_as_bucket_view", true}, {"zero1", true}}},
             {.data = 2});
  EXPECT_EQ(views[0].reduced, 0);
  EXPECT_EQ(views[0].optimizer, 18 * 4);
}

TEST(Memory, KeepsTheStateOfWhatIsFrozenAgainUntilTheOptimizerChanges) {
  Plan plan = two_layers();
  plan.schedule.phases.resize(4);
  plan.schedule.phases[2] = {.depth = 2, .name = "less", .freeze = {0, 1}};
  plan.schedule.phases[3] = {.depth = 3, .name = "new"};
  plan.schedule.phases[3].optimizer = {"sgd", {{"momentum", 0.9}}};
  const auto phases = memory(plan, {.name = "base", .adapter = "base"}, {});
  EXPECT_EQ(phases[2].gradients, 48 * 4);
  EXPECT_EQ(phases[2].optimizer, 2 * 78 * 4);
  EXPECT_EQ(phases[3].optimizer, 48 * 4);
}

TEST(Memory, MeshAndWorldAgreeOrSayWhyNot) {
  const auto with_mesh = [](const char* mesh) {
    return Strategy{.name = "s", .adapter = "model_parallel", .settings = {{"mesh", json::parse(mesh)}}};
  };
  EXPECT_EQ(ranks_of(with_mesh(R"({"data":"auto","tensor":2})"), 8)->data, 4);
  EXPECT_EQ(ranks_of(with_mesh(R"({"data":4,"tensor":2})"), 0)->data, 4);
  EXPECT_EQ(ranks_of(with_mesh(R"({"data":2,"tensor":4})"), 6).error(),
            "a mesh of 2 x 4 ranks needs 8 processes, not 6");
  EXPECT_EQ(ranks_of(with_mesh(R"({"data":"auto","tensor":4})"), 6).error(),
            "6 processes do not divide by 4 tensor-parallel ranks");
}

TEST(Memory, IsATableAndJson) {
  const Plan plan = two_layers();
  const Strategy strategy = sharded("fsdp");
  const StrategyMemory m{&strategy, {.data = 4}, memory(plan, strategy, {.data = 4})};
  test::expect_golden("plan/memory.table", memory_table(plan, m, false));
  EXPECT_EQ(memory_json(plan, m)["phases"][1]["moved"], 702);
}

}  // namespace
}  // namespace fts::plan
