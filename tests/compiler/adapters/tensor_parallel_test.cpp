// tp_plan and tp_parameters: divisibility, column and row, styles where they stand, and the splits that the plan holds.
#include "tests/compiler/adapters/strategy_case.hpp"

namespace fts {
namespace {

using test::StrategyCase;

class TensorParallel : public testing::TestWithParam<StrategyCase> {};
TEST_P(TensorParallel, GetsItsDiagnostics) { test::check(GetParam()); }

const std::string kAll = "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase all { thaw = all } }\n";
std::string split(int ranks, const std::string& plan, const std::string& more = "") {
  return kAll + "strategy s { adapter = model_parallel, mesh = { tensor = " + std::to_string(ranks) +
         " }\ntp_plan {\n" + plan + "\n}\n" + more + "\n}\n";
}
const std::string kLlama = "llama-3.1-8b";
const std::string kBert = "bert-base-uncased-seqcls";
const std::string kAttention = "\"**.self_attn.{q,k,v}_proj\" => colwise\n\"**.self_attn.o_proj\" => rowwise\n";
const std::string kMlp = "\"**.mlp.{gate,up}_proj\" => colwise\n\"**.mlp.down_proj\" => rowwise\n";
const std::string kBertMlp = "\"**.intermediate.dense\" => colwise\n\"bert.encoder.layer.*.output.dense\" => rowwise\n";

INSTANTIATE_TEST_SUITE_P(
    Table, TensorParallel,
    testing::Values(
        StrategyCase{"Whole", kLlama, split(8, kAttention + kMlp), {}, ""},
        StrategyCase{
            "BertsRowIsInAnotherModule",
            kBert,
            split(4, kBertMlp + "\"**.self.{query,key,value}\" => colwise\n\"**.attention.output.dense\" => rowwise"),
            {},
            ""},
        StrategyCase{"HeadsOfTheConfiguration",
                     kBert,
                     "model { num_attention_heads = 12 }\n" +
                         split(8, "\"**.self.{query,key,value}\" => colwise\n\"**.attention.output.dense\" => rowwise"),
                     {"FTS0731"},
                     "the 12 attention heads of 36 modules"},
        StrategyCase{"HeadsOfTheRotaryEmbedding",
                     kLlama,
                     split(16, kAttention + kMlp),
                     {"FTS0731"},
                     "the 8 key/value heads of 64 modules"},
        StrategyCase{
            "ColumnsWithoutAConfiguration", kBert, split(5, kBertMlp), {"FTS0731"}, "the 3072 columns of 12 modules"},
        StrategyCase{"Vocabulary",
                     kBert,
                     split(4, "\"bert.embeddings.word_embeddings\" => rowwise"),
                     {"FTS0731"},
                     "the 30522 vocabulary entries of 'bert.embeddings.word_embeddings' do not divide by the 4"},
        StrategyCase{"OneRankSplitsNothing", kBert, split(1, kBertMlp), {}, ""},
        StrategyCase{"AColumnWithoutItsRow",
                     kLlama,
                     split(8, kMlp + "\"**.self_attn.{q,k,v}_proj\" => colwise"),
                     {"FTS0732"},
                     "96 modules ('model.layers.0.self_attn.q_proj', 'model.layers.0.self_attn.k_proj', "
                     "'model.layers.0.self_attn.v_proj', …) leave the output split"},
        StrategyCase{"ARowWithoutItsColumn",
                     kLlama,
                     split(8, kMlp + "\"**.self_attn.o_proj\" => rowwise"),
                     {"FTS0732"},
                     "32 modules ('model.layers.0.self_attn.o_proj', "},
        StrategyCase{"ARowThatSplitsItsInput",
                     kLlama,
                     split(8, kMlp + "\"**.self_attn.o_proj\" => rowwise_split_input"),
                     {},
                     ""},
        StrategyCase{"AnOutputLayerKeepsItsColumns",
                     kLlama,
                     split(8, "\"lm_head\" => colwise"),
                     {"FTS0732"},
                     "'lm_head' leaves the output split"},
        StrategyCase{
            "AnOutputLayerGathers", kLlama, split(8, "\"lm_head\" => colwise { output_layouts = replicate }"), {}, ""},
        StrategyCase{"TheRowThatIsMissing",
                     kLlama,
                     split(8, kAttention + "\"**.mlp.{gate,up}_proj\" => colwise"),
                     {"FTS0732"},
                     "perhaps 'model.layers.0.mlp.down_proj' is it"},
        StrategyCase{"TheRowThatIsOneMoreColumn",
                     kLlama,
                     split(8, kMlp + "\"**.self_attn.{q,k,v,o}_proj\" => colwise"),
                     {"FTS0732"},
                     "perhaps 'model.layers.0.self_attn.o_proj' is it"},
        StrategyCase{"TheRowOfAnotherModule",
                     kBert,
                     split(4, "\"**.intermediate.dense\" => colwise\n\"bert.encoder.layer.*.output.dense\" => colwise"),
                     {"FTS0732"},
                     "12 modules ('bert.encoder.layer.0.intermediate.dense', "},
        StrategyCase{"TheWrongWayRound",
                     kLlama,
                     split(8, kAttention + "\"**.mlp.{gate,up}_proj\" => rowwise\n\"**.mlp.down_proj\" => colwise"),
                     {"FTS0732"},
                     "colwise and rowwise are the wrong way round: make 64 modules ('model.layers.0.mlp.gate_proj', "},
        StrategyCase{"AttentionTheWrongWayRound",
                     kLlama,
                     split(8, kMlp + "\"**.self_attn.{q,k,v}_proj\" => rowwise\n\"**.self_attn.o_proj\" => colwise"),
                     {"FTS0732"},
                     "make 96 modules ('model.layers.0.self_attn.q_proj', "},
        StrategyCase{"OneColumnOfTwoTheWrongWayRound",
                     kLlama,
                     split(8, kAttention + "\"**.mlp.gate_proj\" => rowwise\n\"**.mlp.{up,down}_proj\" => colwise"),
                     {"FTS0732"},
                     "make 32 modules ('model.layers.0.mlp.gate_proj', 'model.layers.1.mlp.gate_proj', "
                     "'model.layers.2.mlp.gate_proj', …) colwise, and 32 modules ('model.layers.0.mlp.down_proj', "},
        StrategyCase{"QueriesThatAreRows",
                     kLlama,
                     split(8, kMlp + "\"**.self_attn.{q,o}_proj\" => rowwise\n\"**.self_attn.{k,v}_proj\" => colwise"),
                     {"FTS0732"},
                     "make it colwise: its input is whole\n\n1 error"},
        StrategyCase{"KeysThatAreRows",
                     kLlama,
                     split(8, kMlp + "\"**.self_attn.{q,v}_proj\" => colwise\n\"**.self_attn.{k,o}_proj\" => rowwise"),
                     {"FTS0732"},
                     "make it colwise: its input is whole\n\n1 error"},
        StrategyCase{"ARowBesideItsColumn",
                     kLlama,
                     split(8, kAttention + "\"**.mlp.gate_proj\" => rowwise\n\"**.mlp.up_proj\" => colwise\n"
                                           "\"**.mlp.down_proj\" => rowwise"),
                     {"FTS0732"},
                     "32 modules ('model.layers.0.mlp.gate_proj', "},
        StrategyCase{"LatentAttention",
                     "deepseek-v3-experts",
                     split(8,
                           "\"**.self_attn.{q_b,kv_b}_proj\" => colwise\n\"**.self_attn.o_proj\" => rowwise\n"
                           "\"**.self_attn.kv_a_proj_with_mqa\" => mla_kv_a_proj"),
                     {},
                     ""},
        StrategyCase{
            "ARuleThatMatchesNothingIsTheOneFault",
            kBert,
            split(4, "\"**.intermediate.dense\" => colwise\n\"bert.encoder.layers.*.output.dense\" => rowwise"),
            {"FTS0401"},
            ""},
        StrategyCase{"ASiblingThatIsLeftWhole",
                     kLlama,
                     split(8, "\"**.mlp.gate_proj\" => colwise\n\"**.mlp.down_proj\" => rowwise"),
                     {"FTS0732"},
                     "the plan leaves them whole"},
        StrategyCase{"ANormInsideTheSplit",
                     kBert,
                     split(4, kBertMlp + "\"bert.encoder.layer.*.output.LayerNorm\" => colwise"),
                     {"FTS0733"},
                     "a norm stands outside"},
        StrategyCase{"ALinearLayerIsNotSequenceParallel",
                     kBert,
                     split(4, kBertMlp + "\"classifier\" => sequence_parallel"),
                     {"FTS0733"},
                     "for norms and dropout"},
        StrategyCase{"ALayerHasNoWeightOfItsOwn",
                     kBert,
                     split(4, kBertMlp + "\"bert.encoder.layer.0\" => colwise"),
                     {"FTS0733"},
                     "holds no weight of its own"},
        StrategyCase{"ARowsBiasStaysWhole",
                     kBert,
                     split(4, kBertMlp, "tp_parameters { \"bert.pooler.dense.bias\" => rowwise }"),
                     {"FTS0733"},
                     "on the wrong side of the sum"},
        StrategyCase{"TwoRulesForAModule",
                     kBert,
                     split(4, kBertMlp + "\"bert.encoder.layer.0.output.dense\" => rowwise"),
                     {"FTS0712"},
                     "is matched by two rules"},
        StrategyCase{"ARuleThatMatchesNothing",
                     kBert,
                     split(4, kBertMlp + "\"bert.encoder.layers.*.x\" => rowwise"),
                     {"FTS0401"},
                     ""},
        StrategyCase{"ModuleInputsWithoutWantedOnes",
                     kBert,
                     split(4, kBertMlp + "\"**.attention\" => prepare_module_input { input_layouts = shard(1) }"),
                     {"FTS0734"},
                     "needs input_layouts and desired_input_layouts"},
        StrategyCase{"ConfigurationThatIsNotThere",
                     kBert,
                     "model { config = \"nowhere.json\" }\n" + split(4, kBertMlp),
                     {"FTS0801"},
                     "nowhere.json"}),
    test::case_name);

TEST(TensorParallelPlan, HoldsSplitsByParameterAndDimension) {
  const auto result =
      test::compile_text(split(4, kBertMlp + "\"bert.embeddings.position_embeddings\" => rowwise"), kBert);
  ASSERT_TRUE(result.plan) << test::rendered(result);
  const auto& strategy = result.plan->strategies.front();
  const auto name = [&](const plan::Split& s) { return result.plan->parameters[s.parameter].name; };
  ASSERT_EQ(strategy.tensor_parallel.size(), 25u);
  const auto& words = strategy.tensor_parallel[0];
  EXPECT_EQ(words.module, "bert.embeddings.position_embeddings");
  EXPECT_EQ(words.splits[0].dim, 0);
  EXPECT_EQ(words.layouts["input_layouts"], "replicate");
  const auto& column = strategy.tensor_parallel[1];
  EXPECT_EQ(column.style, "colwise");
  ASSERT_EQ(column.splits.size(), 2u);
  EXPECT_EQ(name(column.splits[0]), "bert.encoder.layer.0.intermediate.dense.weight");
  EXPECT_EQ(column.splits[0].dim, 0);
  EXPECT_EQ(name(column.splits[1]), "bert.encoder.layer.0.intermediate.dense.bias");
  const auto& row = strategy.tensor_parallel[2];
  ASSERT_EQ(row.splits.size(), 1u);  // its bias stays whole
  EXPECT_EQ(row.splits[0].dim, 1);
  EXPECT_EQ(
      row.layouts.dump(),
      R"({"desired_input_layouts":{"shard":-1},"desired_output_layouts":"replicate","input_layouts":{"shard":-1},)"
      R"("output_layouts":"replicate","use_local_output":true})");
}

}  // namespace
}  // namespace fts
