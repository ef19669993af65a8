// fsdp: the units of each policy, and what its settings may not say. FTS0703 and its kin on small cases; whole models
// stand in real_models_test.cpp.
#include "tests/compiler/adapters/strategy_case.hpp"

namespace fts {
namespace {

using test::StrategyCase;

class Fsdp : public testing::TestWithParam<StrategyCase> {};
TEST_P(Fsdp, GetsItsUnitsAndDiagnostics) { test::check(GetParam()); }

const std::string kAll = "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase all { thaw = all } }\n";
std::string flat(const std::string& more) { return kAll + "strategy flat { adapter = fsdp\n" + more + "\n}\n"; }
const std::string kNet = "three-blocks";  // a block has 544 elements, each of its linears 272, the head 68

INSTANTIATE_TEST_SUITE_P(
    Table, Fsdp,
    testing::Values(
        StrategyCase{"NoPolicyIsOneUnit", kNet, flat("auto_wrap_policy = none"), {}, "", 1},
        StrategyCase{"TypesByClassOrByPath",
                     kNet,
                     flat("auto_wrap_policy = module_types(\"a.b.Block\", \"Linear\")"),
                     {},
                     "",
                     7},
        StrategyCase{"AnUnknownTypeHasANeighbour",
                     kNet,
                     flat("auto_wrap_policy = module_types(\"Blok\")"),
                     {"FTS0401"},
                     "did you mean 'Block'?"},
        StrategyCase{"BySizeFromTheInsideOut", kNet, flat("auto_wrap_policy = min_num_params(270)"), {}, "", 7},
        StrategyCase{
            "BySizeTheWholeWhereThePartsAreTooSmall", kNet, flat("auto_wrap_policy = min_num_params(300)"), {}, "", 4},
        StrategyCase{"BySizeNoContainer", kNet, flat("auto_wrap_policy = min_num_params(600)"), {}, "", 1},
        StrategyCase{"TypesOrSize",
                     kNet,
                     flat("auto_wrap_policy = any_of(module_types(\"Block\"), min_num_params(60))"),
                     {},
                     "",
                     7},
        StrategyCase{"OverridesBesideThePolicy",
                     kNet,
                     flat("auto_wrap_policy = module_types(\"Block\"), awp_overrides = [\"model.head\"]"),
                     {},
                     "",
                     4},
        StrategyCase{"IgnoredModulesAreNoUnits",
                     kNet,
                     flat("auto_wrap_policy = module_types(\"Block\"), ignored_modules = \"model.blocks.0\""),
                     {},
                     "",
                     3},
        StrategyCase{"AnOverrideInsideIgnoredModules",
                     kNet,
                     flat("awp_overrides = [\"model.blocks.0.fc1\"], ignored_modules = \"model.blocks.0\""),
                     {"FTS0709"},
                     "is inside ignored_modules"},
        StrategyCase{"AnOverrideTwice",
                     kNet,
                     flat("awp_overrides = [\"model.head\", \"model.head\"]"),
                     {"FTS0709"},
                     "'model.head' is a unit already"},
        StrategyCase{"AnOverrideWhoseParametersAreInNestedOnes",
                     kNet,
                     flat("awp_overrides = [\"model.blocks.0.fc1\", \"model.blocks.0.fc2\", \"model.blocks.0\"]"),
                     {"FTS0709"},
                     "'model.blocks.0' holds no parameters that are not in units of their own"},
        StrategyCase{"AContainerIsNoUnit",
                     kNet,
                     flat("awp_overrides = [\"model.blocks\"]"),
                     {"FTS0713"},
                     "a module list is never called"},
        StrategyCase{"ADtypeOfItsOwnInAFlatUnit",
                     "mixed-dtypes",
                     flat("auto_wrap_policy = none"),
                     {"FTS0707"},
                     "f32: 2 parameters ('head.weight', 'head.bias'); bf16: 2 parameters"},
        StrategyCase{"APrecisionThatNothingComputesIn",
                     kNet,
                     flat("mixed_precision = { param_dtype = i64 }"),
                     {"FTS0723"},
                     "param_dtype = i64"},
        StrategyCase{"TiedParametersInDifferentUnits",
                     "tiny-gpt2",
                     flat("awp_overrides = [\"transformer.wte\"]"),
                     {"FTS0706"},
                     "'transformer.wte.weight' and 'lm_head.weight' share one tensor, but belong to unit "
                     "'transformer.wte' and the root unit"},
        StrategyCase{
            "TheImplicitScheduleSplitsUnits",
            kNet,
            "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 } }\nstrategy flat { adapter = fsdp }",
            {"FTS0703"},
            "that phase 'phase_0' thaws"},
        StrategyCase{
            "AnUnknownTypeIsTheOneFault",
            kNet,
            "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase a { thaw = \"model.head.*\" }\n"
            "phase b { thaw = rest } }\n"
            "strategy flat { adapter = fsdp, auto_wrap_policy = module_types(\"Blok\") }",
            {"FTS0401"},
            "Blok"},
        StrategyCase{"UnitsThatMixAlikeAreOneFault",
                     kNet,
                     "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase a { thaw = "
                     "\"model.blocks.*.fc1.*\" }\n"
                     "phase b { thaw = rest } }\n"
                     "strategy flat { adapter = fsdp, auto_wrap_policy = module_types(\"Block\") }",
                     {"FTS0703"},
                     "that phase 'b' thaws; so do 2 modules ('model.blocks.1', 'model.blocks.2')"},
        StrategyCase{
            "FrozenWithTrained",
            kNet,
            "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase a { thaw = \"model.head.*\" } }\n"
            "strategy flat { adapter = fsdp, auto_wrap_policy = module_types(\"Net\") }",
            {"FTS0505", "FTS0703"},
            "that no phase thaws"},
        StrategyCase{
            "FrozenAgainByALaterPhase",
            kNet,
            "schedule { monitor = val_loss, optimizer = adamw { lr = 1e-3 }\nphase a { thaw = all, until = epoch(1) }\n"
            "phase b { thaw = none, freeze = \"model.blocks.0.fc1.*\" } }\n"
            "strategy flat { adapter = fsdp, auto_wrap_policy = module_types(\"Block\") }",
            {"FTS0502", "FTS0703"},
            "phase 'b' freezes again"}),
    test::case_name);

}  // namespace
}  // namespace fts
