// model_parallel: rules, placements, checkpoints, offload, and what the plan holds of them.
#include "tests/compiler/adapters/strategy_case.hpp"

namespace fts {
namespace {

using test::StrategyCase;

class ModelParallel : public testing::TestWithParam<StrategyCase> {};
TEST_P(ModelParallel, GetsItsUnitsAndDiagnostics) { test::check(GetParam()); }

std::string schedule(const std::string& phases, const std::string& more = "") {
  return "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\n" + more + "\n" + phases + " }\n";
}
const std::string kAll = schedule("phase all { thaw = all }");
const std::string kHeadFirst = schedule("phase head { thaw = \"model.head.*\" }\nphase body { thaw = rest }");
std::string plan(const std::string& rules, const std::string& more = "") {
  return "strategy s { adapter = model_parallel\n" + more + "\nfsdp_plan {\n" + rules + "\n}\n}\n";
}
const std::string kNet = "three-blocks";
const std::string kRoot = "\"\" => {}";

INSTANTIATE_TEST_SUITE_P(
    Table, ModelParallel,
    testing::Values(
        StrategyCase{
            "AnEmptyPlanIsOnPurpose", kNet, kAll + "strategy s { adapter = model_parallel, fsdp_plan {} }", {}, "", 0},
        StrategyCase{"ParentFirstIsAnError",
                     kNet,
                     kAll + plan(kRoot + "\ntypes(\"Block\") => {}"),
                     {"FTS0711"},
                     "error[FTS0711]"},
        StrategyCase{"TwoRulesAreAnError",
                     kNet,
                     kAll + plan("\"model.blocks.0\" => {}\ntypes(\"Block\") => {}\n" + kRoot),
                     {"FTS0712"},
                     "the other rule"},
        StrategyCase{"AModuleAndWhatIsInsideItIsAnError",
                     kNet,
                     kAll + plan("\"model.blocks.**\" => {}\n" + kRoot),
                     {"FTS0714"},
                     "error[FTS0714]"},
        StrategyCase{"IgnoredParametersAreNotMissed",
                     kNet,
                     kAll + plan("types(\"Block\") => {}\n\"\" => { ignored_params = \"model.head.*\" }"),
                     {},
                     "",
                     4},
        StrategyCase{"IgnoredParametersOfAnotherUnit",
                     kNet,
                     kAll + plan("types(\"Block\") => {}\n\"\" => { ignored_params = \"model.blocks.0.fc1.*\" }"),
                     {"FTS0721"},
                     "it ignores 2 parameters"},
        StrategyCase{"ADimensionThatABiasLacks",
                     kNet,
                     kAll + plan("types(\"Block\") => { shard_placement_fn = { \"**.fc1.*\" => shard(1) } }\n" + kRoot),
                     {"FTS0721"},
                     "'model.blocks.0.fc1.bias' has 1 dimension, so it has no dimension 1"},
        StrategyCase{
            "ADimensionThatTheRanksDoNotDivide",
            kNet,
            kAll + plan("types(\"Block\") => { shard_placement_fn = { \"**.fc1.weight\" => shard(1) } }\n" + kRoot,
                        "mesh = { data = 3 }"),
            {"FTS0721"},
            "which 3 data-parallel ranks do not divide"},
        StrategyCase{"GroupsThatDoNotDivideTheRanks",
                     kNet,
                     kAll + plan("types(\"Block\") => { reshard_after_forward = 3 }\n" + kRoot, "mesh = { data = 4 }"),
                     {"FTS0720"},
                     "does not divide the 4 data-parallel ranks"},
        StrategyCase{"AScalarHasNothingToShardAndStaysWhole", "torch/scripted", kAll + plan(kRoot), {"FTS0506"}, "", 1},
        StrategyCase{"AReentrantCheckpointWhoseInputsNeedNoGradient",
                     kNet,
                     schedule("phase top { thaw = \"model.blocks.2.**\" }\nphase rest_of_it { thaw = rest }") +
                         plan("types(\"Block\") => { act_ckpt = wrapped { use_reentrant = true } }\n" + kRoot),
                     {"FTS0718"},
                     "in phase 'top' the inputs of 'model.blocks.2' need no gradient"},
        StrategyCase{"TwoCheckpointsOnPurposeAreAnError",
                     kNet,
                     kAll + plan("types(\"Block\") => { act_ckpt = composable }\n\"\" => { act_ckpt = composable }"),
                     {"FTS0718"},
                     "error[FTS0718]: 3 modules"},
        StrategyCase{"TwoCheckpointsByTheDefaults",
                     kNet,
                     kAll + plan("types(\"Block\") => {}\n" + kRoot, "fsdp_default_kwargs = { act_ckpt = composable }"),
                     {},
                     "",
                     4},
        StrategyCase{"NoneTakesADefaultBack",
                     kNet,
                     kAll + plan("types(\"Block\") => {}\n\"\" => { act_ckpt = none }",
                                 "fsdp_default_kwargs = { act_ckpt = composable }"),
                     {},
                     "",
                     4},
        StrategyCase{"OffloadAndClippingByNorm",
                     kNet,
                     schedule("phase all { thaw = all }", "gradient_clip_val = 1.0") +
                         plan(kRoot, "fsdp_default_kwargs = { cpu_offload_policy = {} }"),
                     {"FTS0719"},
                     "needs a CPU process group",
                     1},
        StrategyCase{"OffloadAndClippingByValue",
                     kNet,
                     schedule("phase all { thaw = all }", "gradient_clip_val = 1.0\ngradient_clip_algorithm = value") +
                         plan(kRoot, "fsdp_default_kwargs = { cpu_offload_policy = {} }"),
                     {},
                     "",
                     1},
        StrategyCase{"AFrozenParameterMayHaveAnotherDtype",
                     "mixed-dtypes",
                     schedule("phase head { thaw = \"head.*\" }") + plan(kRoot),
                     {"FTS0505"},
                     "",
                     1},
        StrategyCase{"TrainedOnesMayNot",
                     "mixed-dtypes",
                     kAll + plan(kRoot),
                     {"FTS0707"},
                     "the root unit holds parameters of different dtypes"},
        StrategyCase{"ALetHoldsAPlan",
                     kNet,
                     "let blocks = { types(\"Block\") => {}\n \"\" => {} }\n" + kAll +
                         "strategy s { adapter = model_parallel, fsdp_plan = blocks }",
                     {},
                     "",
                     4}),
    test::case_name);

TEST(ModelParallelPlan, HoldsEachUnitWithMergedSettings) {
  const auto result = test::compile_text(
      kHeadFirst +
          plan(
              "types(\"Block\") => { mp_policy = { param_dtype = bf16 }, act_ckpt = composable, shard_placement_fn = { "
              "\"**.fc2.weight\" => shard(-1) } }\n\"\" => { ignored_params = \"model.head.bias\", "
              "reshard_after_forward = 2 }",
              "mesh = { data = 2 }\nfsdp_default_kwargs = { reshard_after_forward = 1, cpu_offload_policy = {} }"),
      kNet);
  ASSERT_TRUE(result.plan) << test::rendered(result);
  const auto& strategy = result.plan->strategies.front();
  ASSERT_EQ(strategy.units.size(), 4u);
  EXPECT_EQ(strategy.units[0].module, "model.blocks.0");
  EXPECT_THAT(strategy.units[0].parameters, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(
      strategy.units[0].settings.dump(),
      R"({"act_ckpt":{"arguments":{"debug":false,"determinism_check":"default","preserve_rng_state":true,"use_reentrant":false},)"
      R"("mode":"composable"},"ignored_params":[],"mp_policy":{"cast_forward_inputs":true,"output_dtype":null,)"
      R"("param_dtype":"bf16","reduce_dtype":null},"offload_policy":{"pin_memory":true},"reshard_after_forward":false,)"
      R"("shard_placement":[[2,1]]})");
  EXPECT_EQ(strategy.units[3].module, "");
  EXPECT_THAT(strategy.units[3].parameters, testing::ElementsAre(12));
  EXPECT_EQ(strategy.units[3].settings["reshard_after_forward"], true);  // to all two ranks
  EXPECT_EQ(strategy.units[3].settings["ignored_params"].dump(), "[13]");
  EXPECT_FALSE(strategy.settings.contains("fsdp_plan"));
  const auto again = plan::from_json(plan::to_json(*result.plan));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, *result.plan);
}

}  // namespace
}  // namespace fts
