// Cases that were run with the Python Fine-Tuning Scheduler on two processes (three blocks and a head): what it refuses
// or crashes on is refused under compat = fts, what it carries out is accepted; warnings say what it would drop.
#include "tests/compiler/adapters/strategy_case.hpp"

namespace fts {
namespace {

using test::StrategyCase;

class FtsCase : public testing::TestWithParam<StrategyCase> {};
TEST_P(FtsCase, EndsAsItDidThere) { test::check(GetParam()); }

std::string schedule(const std::string& phases, const std::string& more = "") {
  return "schedule {\ncompat = fts\nmonitor = val_loss\noptimizer = sgd { lr = 0.1 }\n" + more + phases + "\n}\n";
}
const std::string kThree =
    "phase p0 { thaw = \"model.head.*\" }\nphase p1 { thaw = \"model.blocks.2.**\" }\n"
    "phase p2 { thaw = /model\\.blocks\\.[01]\\..*/ }";
const std::string kAligned = schedule(kThree);
const std::string kSplitBlock = schedule(
    "phase p0 { thaw = \"model.head.*\" }\nphase p1 { thaw = \"model.blocks.2.fc2.*\" }\nphase p2 { thaw = rest }");
const std::string kSplitLinear = schedule(
    "phase p0 { thaw = \"model.head.weight\" }\nphase p1 { thaw = \"model.head.bias\" | \"model.blocks.2.**\" }\n"
    "phase p2 { thaw = rest }");
const std::string kBlockFirst = schedule("phase p0 { thaw = \"model.blocks.2.**\" }\nphase p1 { thaw = rest }");

std::string fsdp2(const std::string& plan, const std::string& more = "") {
  return "strategy s { adapter = model_parallel\n" + more + "\nfsdp_plan {\n" + plan + "\n}\n}\n";
}
std::string fsdp1(const std::string& more) { return "strategy s { adapter = fsdp\n" + more + "\n}\n"; }
const std::string kBlocks = "/model\\.blocks\\.\\d+/ => {}\n";
const std::string kRoot = "\"model\" => {}";
const std::string kPolicy = "auto_wrap_policy = module_types(\"Block\")\n";
const std::string kHead = "awp_overrides = [\"model.head\"]\n";
const std::string kViews = "use_orig_params = true\n";
const std::string kNet = "three-blocks";

INSTANTIATE_TEST_SUITE_P(
    Fsdp2, FtsCase,
    testing::Values(
        StrategyCase{"BlocksAndRoot", kNet, kAligned + fsdp2(kBlocks + kRoot), {}, "", 4},
        StrategyCase{
            "AnUnknownModuleIsRefused", kNet, kAligned + fsdp2("\"model.nope\" => {}"), {"FTS0401"}, "model.nope"},
        StrategyCase{"AModuleListIsPrunedWithAWarning",
                     kNet,
                     kAligned + fsdp2("\"model.blocks\" => {}\n" + kRoot),
                     {"FTS0713"},
                     "warning[FTS0713]: 'model.blocks' is a ModuleList",
                     1},
        StrategyCase{"APrefixTakesTheChildrenToo",
                     kNet,
                     kAligned + fsdp2("/model\\.blocks\\.[0-9].*/ => {}\n" + kRoot),
                     {"FTS0714"},
                     "warning[FTS0714]: the rule takes 3 modules ('model.blocks.0', 'model.blocks.1', "
                     "'model.blocks.2') and also "
                     "what is inside them: 6 modules",
                     4},
        StrategyCase{"TheParentFirstDropsTheChildren",
                     kNet,
                     kAligned + fsdp2(kRoot + "\n" + kBlocks),
                     {"FTS0711"},
                     "warning[FTS0711]: 3 modules ('model.blocks.0', 'model.blocks.1', 'model.blocks.2') are sharded "
                     "after 'model'",
                     1},
        StrategyCase{"APhaseThatMixesShardedAndPlain",
                     kNet,
                     kSplitBlock + fsdp2("\"model.blocks.2.fc1\" => {}\n\"model.blocks.0\" => {}"),
                     {"FTS0715"},
                     "parameter groups mix sharded and plain parameters in 'p2'",
                     2},
        StrategyCase{"WrappedCheckpoints",
                     kNet,
                     kAligned + fsdp2("/model\\.blocks\\.\\d+/ => { act_ckpt = wrapped }\n" + kRoot),
                     {},
                     "",
                     4},
        StrategyCase{"AnUnknownCheckpointMode",
                     kNet,
                     kAligned + fsdp2("/model\\.blocks\\.\\d+/ => { act_ckpt = compose }\n" + kRoot),
                     {"FTS0304"},
                     "compose"},
        StrategyCase{
            "AnUnknownArgumentIsRefused", kNet, kAligned + fsdp2("\"model\" => { foo = 1 }"), {"FTS0203"}, "foo"},
        StrategyCase{"NoPlanAtAllIsRefused",
                     kNet,
                     kAligned + "strategy s { adapter = model_parallel }\n",
                     {"FTS0710"},
                     "nothing is sharded"},
        StrategyCase{"APlanWithoutTheRootLeavesTheHeadPlain",
                     kNet,
                     kAligned + fsdp2(kBlocks),
                     {"FTS0715"},
                     "2 parameters ('model.head.weight', 'model.head.bias') are in no unit",
                     3},
        StrategyCase{"AScalarIsRefused",
                     "torch/scripted",
                     schedule("phase p0 { thaw = all - frozen }") + fsdp2("\"\" => {}"),
                     {"FTS0721"},
                     "PyTorch does not shard 'scale'"},
        StrategyCase{"WeightAndBiasInDifferentPhases", kNet, kSplitLinear + fsdp2(kBlocks + kRoot), {}, "", 4},
        StrategyCase{"Defaults",
                     kNet,
                     kAligned + fsdp2(kBlocks + kRoot, "fsdp_default_kwargs = { reshard_after_forward = false }"),
                     {},
                     "",
                     4},
        StrategyCase{"OfTwoRulesTheLastHolds",
                     kNet,
                     kAligned + fsdp2(kBlocks + "\"model.blocks.1\" => { reshard_after_forward = false }\n" + kRoot),
                     {"FTS0712"},
                     "warning[FTS0712]: 'model.blocks.1' is matched by two rules; the last one holds",
                     4}),
    test::case_name);

INSTANTIATE_TEST_SUITE_P(
    Fsdp1, FtsCase,
    testing::Values(
        StrategyCase{"Aligned", kNet, kAligned + fsdp1(kPolicy + kHead), {}, "", 4},
        StrategyCase{"AlignedWithViews", kNet, kAligned + fsdp1(kPolicy + kHead + kViews), {}, "", 4},
        StrategyCase{"AFlatParameterAcrossPhasesIsRefused",
                     kNet,
                     kSplitBlock + fsdp1(kPolicy + kHead),
                     {"FTS0703"},
                     "help: add them to the overrides: awp_overrides = […, \"model.blocks.2.fc1\"]"},
        StrategyCase{"ViewsMayMix",
                     kNet,
                     kSplitBlock + fsdp1(kPolicy + kHead + kViews),
                     {"FTS0704"},
                     "unit 'model.blocks.2' mixes",
                     4},
        StrategyCase{"ViewsButAModuleAcrossPhasesIsRefused",
                     kNet,
                     kSplitLinear + fsdp1(kPolicy + kHead + kViews),
                     {"FTS0704", "FTS0705"},
                     "phases split the parameters of 'model.head'"},
        StrategyCase{"AHeadInTheRootIsRefused",
                     kNet,
                     kAligned + fsdp1(kPolicy),
                     {"FTS0705"},
                     "no module that holds 2 parameters ('model.head.weight', 'model.head.bias') of phase 0 is a unit "
                     "by itself"},
        StrategyCase{"UnscheduledParametersInTheRootAreRefused",
                     kNet,
                     schedule("phase p0 { thaw = \"model.blocks.2.**\" }\nphase p1 { thaw = \"model.blocks.1.**\" }") +
                         fsdp1(kPolicy),
                     {"FTS0505", "FTS0705"},
                     "of phase 0 is a unit by itself"},
        StrategyCase{
            "WithoutAPolicyPhase0IsNotWrapped",
            kNet,
            schedule("phase p0 { thaw = \"model.head.*\" }\nphase p1 { thaw = \"model.blocks.2.**\" }") + fsdp1(""),
            {"FTS0505", "FTS0703", "FTS0705"},
            "unit 'model' is one flat parameter"},
        StrategyCase{"AnOverrideThatReachesSiblings",
                     "bert-base-uncased-seqcls",
                     schedule("phase p0 { thaw = \"classifier.*\" }\nphase p1 { thaw = rest }") +
                         fsdp1("auto_wrap_policy = module_types(\"BertLayer\")\n"
                               "awp_overrides = [fts(\"bert.encoder.layer.1.*\")]"),
                     {"FTS0714"},
                     "takes 'bert.encoder.layer.1' and what is inside it, but also 2 modules "
                     "('bert.encoder.layer.10', 'bert.encoder.layer.11') with theirs"},
        StrategyCase{"ChildrenThatATieBindsStayWithTheRoot",
                     "gpt2-small",
                     schedule("phase p0 { thaw = all }") + fsdp1("auto_wrap_policy = module_types(\"GPT2Block\")"),
                     {},
                     "",
                     13},
        StrategyCase{"EachChildOfTheRootIsWrapped",
                     "bert-base-uncased-seqcls",
                     schedule("phase p0 { thaw = \"classifier.*\" }\nphase p1 { thaw = rest }") +
                         fsdp1("auto_wrap_policy = module_types(\"BertLayer\")"),
                     {},
                     "",
                     14},
        StrategyCase{"OverridesWithoutAPolicyAreLeftOut",
                     kNet,
                     kAligned + fsdp1(kHead),
                     {"FTS0703", "FTS0705", "FTS0709"},
                     "leaves awp_overrides out"},
        StrategyCase{"AnUnknownOverrideIsRefused",
                     kNet,
                     kAligned + fsdp1(kPolicy + "awp_overrides = [\"model.haed\"]"),
                     {"FTS0401"},
                     "model.haed"},
        StrategyCase{"NoDecayIsLeftOutWithAWarning",
                     kNet,
                     schedule(kThree, "no_decay = \"**.bias\"\n") + fsdp1(kPolicy + kHead),
                     {"FTS0708"},
                     "no_decay is left out"},
        StrategyCase{"APhase0ThatIsABlockIsRefused",
                     kNet,
                     kBlockFirst + fsdp1(kPolicy + kHead),
                     {"FTS0705"},
                     "leave out compat = fts"},
        StrategyCase{"APhase0ThatIsABlockWithViews", kNet, kBlockFirst + fsdp1(kPolicy + kHead + kViews), {}, "", 4}),
    test::case_name);

INSTANTIATE_TEST_SUITE_P(
    Ddp, FtsCase,
    testing::Values(
        StrategyCase{"LateThawedParametersNeedNothing", kNet, kAligned + "strategy s { adapter = ddp }\n", {}, "", 0},
        StrategyCase{"AStaticGraphChangesWithThePhase",
                     kNet,
                     kAligned + "strategy s { adapter = ddp, static_graph = true }\n",
                     {"FTS0603"},
                     "each phase trains other parameters"}),
    test::case_name);

}  // namespace
}  // namespace fts
