// Schedules and plans for real models: unit counts are those that PyTorch made of the same plans.
#include "tests/compiler/adapters/strategy_case.hpp"

namespace fts {
namespace {

using test::StrategyCase;

class RealModel : public testing::TestWithParam<StrategyCase> {};
TEST_P(RealModel, GetsItsUnitsAndDiagnostics) { test::check(GetParam()); }

std::string schedule(const std::string& phases) {
  return "schedule {\nmonitor = val_loss\noptimizer = adamw { lr = 1e-5 }\n" + phases + "\n}\n";
}

const std::string kBert = schedule(
    "phase head   { thaw = \"classifier.**\" | \"bert.pooler.dense.**\" }\n"
    "phase top    { thaw = /bert\\.encoder\\.layer\\.(10|11)\\..*/ }\n"
    "phase middle { thaw = /bert\\.encoder\\.layer\\.[6-9]\\..*/ }\n"
    "phase bottom { thaw = /bert\\.encoder\\.layer\\.[0-5]\\..*/ }\n"
    "phase words  { thaw = module(\"bert.embeddings\") }");
const std::string kBertStraddling = schedule(
    "phase head      { thaw = \"classifier.**\" | \"bert.pooler.dense.**\" }\n"
    "phase attention { thaw = \"bert.encoder.layer.11.attention.**\" }\n"
    "phase others    { thaw = rest }");
const std::string kBertUnits =
    "strategy flat { adapter = fsdp, auto_wrap_policy = "
    "module_types(\"transformers.models.bert.modeling_bert.BertLayer\"),"
    " awp_overrides = [\"bert.pooler.dense\", \"classifier\", \"bert.embeddings\"], use_orig_params = false }";
const std::string kDeberta = schedule(
    "phase head { thaw = \"model.classifier.**\" }\n"
    "phase top  { thaw = \"model.pooler.dense.**\" | /model\\.deberta\\.encoder\\.layer\\.11\\..*/ }\n"
    "phase body { thaw = /model\\.deberta\\.encoder\\.layer\\.([0-9]|10)\\..*/ | \"model.deberta.encoder.LayerNorm.*\" "
    "| "
    "\"model.deberta.encoder.rel_embeddings.weight\" }");
const std::string kAll = schedule("phase all { thaw = all }");
const std::string kLlama = schedule(
    "phase head { thaw = \"lm_head.weight\" | \"model.norm.*\" }\n"
    "phase top  { thaw = /model\\.layers\\.(2[4-9]|3[01])\\..*/ }\n"
    "phase body { thaw = rest }");

std::string sharded(const std::string& plan, const std::string& defaults = "") {
  return "strategy sharded {\nadapter = model_parallel\n" + defaults + "\nfsdp_plan {\n" + plan + "\n}\n}\n";
}
std::string split(int ranks, const std::string& plan, const std::string& more = "") {
  return "strategy split {\nadapter = model_parallel\nmesh = { tensor = " + std::to_string(ranks) + " }\ntp_plan {\n" +
         plan + "\n}\n" + more + "\n}\n";
}
const std::string kColumns =
    "\"model.layers.*.self_attn.q_proj\" => colwise\n\"model.layers.*.self_attn.k_proj\" => colwise\n"
    "\"model.layers.*.self_attn.v_proj\" => colwise\n";
const std::string kMlp = "\"model.layers.*.mlp.gate_proj\" => colwise\n\"model.layers.*.mlp.up_proj\" => colwise\n";

INSTANTIATE_TEST_SUITE_P(
    Good, RealModel,
    testing::Values(
        StrategyCase{"Bert", "bert-base-uncased-seqcls", kBert + kBertUnits, {}, "", 15},
        StrategyCase{"DebertaWithFrozenEmbeddings",
                     "deberta-v3-base-rteboolq",
                     kDeberta + "strategy flat { adapter = fsdp, awp_overrides = [\"model.pooler.dense\", "
                                "\"model.classifier\"], auto_wrap_policy = module_types(\"DebertaV2Layer\", "
                                "\"DebertaV2Embeddings\", \"DebertaV2Encoder\") }",
                     {"FTS0505", "FTS0722"},
                     "no phase trains 'model.deberta.embeddings', but every step gathers",
                     16},
        StrategyCase{
            "DeepseekExpertByExpert",
            "deepseek-v3-experts",
            kAll + sharded("/model\\.layers\\.\\d+\\.mlp\\.experts\\.\\d+/ => { reshard_after_forward = true }\n"
                           "/model\\.layers\\.\\d+/ => {}\n\"lm_head\" => {}\n\"model\" => {}"),
            {},
            "",
            14911},
        StrategyCase{"Gpt2",
                     "gpt2-small",
                     kAll + sharded("\"transformer.h.*\" => {}\n\"\" => { reshard_after_forward = false }"),
                     {},
                     "",
                     13},
        StrategyCase{
            "Llama70b",
            "llama-3.1-70b",
            kAll + sharded("\"model.embed_tokens\" => {}\n/model\\.layers\\.\\d+/ => { act_ckpt = composable }\n"
                           "\"lm_head\" => { reshard_after_forward = false }\n\"model\" => {}",
                           "fsdp_default_kwargs = { reshard_after_forward = true, cpu_offload_policy = {} }"),
            {},
            "",
            83},
        StrategyCase{"Llama8bWithCheckpointsByDefault",
                     "llama-3.1-8b",
                     kLlama + sharded("\"lm_head\" => {}\n/model\\.layers\\.\\d*/ => {}\n\"model\" => {}\n\"\" => {}",
                                      "fsdp_default_kwargs = { reshard_after_forward = true, act_ckpt = composable }"),
                     {},
                     "",
                     35},
        StrategyCase{"Llama1bWithBothEndsOfTheTieInTheRoot",
                     "llama-3.2-1b",
                     kAll + sharded("/model\\.layers\\.\\d+/ => {}\n\"\" => {}"),
                     {},
                     "",
                     17},
        StrategyCase{
            "LlavaTowerByTower",
            "llava-1.5-7b",
            kAll + sharded("/model\\.vision_tower\\.encoder\\.layers\\.\\d+/ => {}\n\"model.vision_tower\" => {}\n"
                           "\"model.multi_modal_projector\" => {}\n/model\\.language_model\\.layers\\.\\d+/ => { "
                           "act_ckpt = composable }\n\"lm_head\" => {}\n\"model\" => {}"),
            {},
            "",
            60},
        StrategyCase{
            "MixtralExpertsApart",
            "mixtral-8x7b",
            kAll + sharded("/model\\.layers\\.\\d+\\.mlp\\.experts/ => {}\n/model\\.layers\\.\\d+/ => { act_ckpt = "
                           "composable }\n\"lm_head\" => {}\n\"model\" => {}"),
            {},
            "",
            66},
        StrategyCase{
            "LlamaTensorParallel",
            "llama-3.1-8b",
            kLlama + split(8, kColumns + "\"model.layers.*.self_attn.o_proj\" => rowwise\n" + kMlp +
                                  "\"model.layers.*.mlp.down_proj\" => rowwise\n\"lm_head\" => colwise_gather_output"),
            {},
            ""},
        StrategyCase{"MixtralFusedExperts",
                     "mixtral-8x7b",
                     kAll + split(4,
                                  kColumns + "\"model.layers.*.self_attn.o_proj\" => "
                                             "rowwise\n\"model.layers.*.mlp.experts\" => moe_tp_experts",
                                  "tp_parameters {\n\"model.layers.*.mlp.experts.gate_up_proj\" => packed_colwise\n"
                                  "\"model.layers.*.mlp.experts.down_proj\" => rowwise\n}"),
                     {},
                     ""},
        StrategyCase{
            "TorchtitanSequenceParallel",
            "torchtitan-llama-fts-example",
            kAll + split(2,
                         "\"model.tok_embeddings\" => RowwiseParallel { input_layouts = replicate, output_layouts = "
                         "shard(1) }\n"
                         "\"model.norm\" => SequenceParallel\n"
                         "\"model.layers.*.attention\" => PrepareModuleInput { input_layouts = [shard(1), none], "
                         "desired_input_layouts = [replicate, none] }\n"
                         "\"model.layers.*.attention_norm\" => SequenceParallel\n"
                         "\"model.layers.*.attention.{wq,wk,wv}\" => ColwiseParallel\n"
                         "\"model.layers.*.attention.wo\" => RowwiseParallel { output_layouts = shard(1) }\n"
                         "\"model.layers.*.ffn_norm\" => SequenceParallel\n"
                         "\"model.layers.*.feed_forward\" => PrepareModuleInput { input_layouts = [shard(1)], "
                         "desired_input_layouts = [replicate] }\n"
                         "\"model.layers.*.feed_forward.{w1,w3}\" => ColwiseParallel\n"
                         "\"model.layers.*.feed_forward.w2\" => RowwiseParallel { output_layouts = shard(1) }"),
            {},
            ""}),
    test::case_name);

INSTANTIATE_TEST_SUITE_P(
    Wrong, RealModel,
    testing::Values(
        StrategyCase{
            "ALayerThatStraddlesPhasesNamesUnitPhasesAndTheOverrideThatMendsIt",
            "bert-base-uncased-seqcls",
            kBertStraddling + kBertUnits,
            {"FTS0703"},
            "unit 'bert.encoder.layer.11' is one flat parameter, but holds 10 parameters "
            "('bert.encoder.layer.11.attention.self.query.weight', 'bert.encoder.layer.11.attention.self.query.bias', "
            "'bert.encoder.layer.11.attention.self.key.weight', …) that phase 'attention' thaws and 6 parameters"},
        StrategyCase{"AModuleThatIsNotThere",
                     "llama-3.1-8b",
                     kLlama + sharded("\"lm_head\" => {}\n/model\\.layer\\.\\d+/ => {}\n\"\" => {}"),
                     {"FTS0401"},
                     "model"},
        StrategyCase{"AModuleList",
                     "llama-3.1-8b",
                     kLlama + sharded("\"model.layers\" => {}\n\"model\" => {}"),
                     {"FTS0713", "FTS0715"},
                     "'model.layers' is a ModuleList, which is never called"},
        StrategyCase{"APatternThatTakesEverySubmodule",
                     "llama-3.1-8b",
                     kLlama + sharded("\"lm_head\" => {}\n/model\\.layers\\.\\d+.*/ => {}\n\"model\" => {}"),
                     {"FTS0714"},
                     "the rule takes 32 modules ('model.layers.0', 'model.layers.1', 'model.layers.2', …) and also "
                     "what is inside them"},
        StrategyCase{"MoreRanksThanKeyValueHeadsAndColumnsWithoutRows",
                     "llama-3.1-8b",
                     "model { num_key_value_heads = 8 }\n" + kLlama +
                         split(16, kColumns + "\"model.layers.*.self_attn.o_proj\" => colwise\n" + kMlp +
                                       "\"model.layers.*.mlp.down_proj\" => colwise"),
                     {"FTS0731", "FTS0732"},
                     "the 8 key/value heads of 32 modules ('model.layers.0.self_attn.k_proj', "}),
    test::case_name);

}  // namespace
}  // namespace fts
