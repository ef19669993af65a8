// The language, sentence by sentence: each construct in a whole file, with what the compiler makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compiling.hpp"

namespace fts {
namespace {

struct Case {
  std::string name;
  std::string text;
  std::string code;   // of the one diagnostic; empty: there is none
  std::string words;  // in what is printed
};

class Language : public testing::TestWithParam<Case> {};

TEST_P(Language, IsReadAsItsReferenceSays) {
  const auto& c = GetParam();
  const auto result = test::compile_text(c.text, "minilm-classifier");
  std::vector<std::string> codes;
  for (const auto& d : result.diagnostics.all()) codes.emplace_back(info(d.code).id);
  if (c.code.empty())
    EXPECT_THAT(codes, testing::IsEmpty()) << test::rendered(result);
  else
    EXPECT_THAT(codes, testing::ElementsAre(c.code)) << test::rendered(result);
  EXPECT_THAT(test::rendered(result), testing::HasSubstr(c.words));
}

// A file whose schedule has these items, and these before it.
std::string file(const std::string& schedule, const std::string& before = "") {
  return before + "\nschedule {\n monitor = val_loss\n optimizer = adamw { lr = 1e-3 }\n" + schedule + "\n}\n";
}
std::string head(const std::string& items, const std::string& before = "") {
  return file(" phase head {\n  thaw = \"classifier.**\"\n  " + items + "\n }\n phase others { thaw = rest }", before);
}
std::string thaw(const std::string& selection, const std::string& before = "") {
  return file(" phase a { thaw = " + selection + " }\n phase b { thaw = rest }", before);
}
std::string strategy(const std::string& items, const std::string& before = "") {
  return before + "\nschedule {\n max_epochs = 1\n phase a { thaw = all }\n}\nstrategy s {\n" + items + "\n}\n";
}
Case good(std::string name, std::string text) { return {std::move(name), std::move(text), "", ""}; }

auto named = [](const auto& test) { return test.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Shape, Language,
    testing::Values(
        good("AFileMayHaveNoScheduleThenTheImplicitOneIsChecked", "let unused = 1\n"),
        good("AScheduleWithoutPhasesIsImplicit", file("")),
        good("ImplicitSchedulesTakeNewOptimizersAndSchedulers",
             file("reinit_optim_cfg = sgd { lr = 0.1 }\n reinit_lr_cfg = step { step_size = 1 }")),
        good("ABlockIsAnAttributeWithABody", "model = { graph = \"x.json\" }\n" + head("")),
        good("ItemsAreSeparatedByCommasToo",
             "schedule { max_epochs = 1, phase a { thaw = all, until = epoch(1), }, }\n"),
        good("WindowsLinesAndABom", "\xEF\xBB\xBFschedule {\r\n max_epochs = 1\r\n phase a { thaw = all }\r\n}\r\n"),
        good("AnOperatorLetsItsLineEnd", thaw("\"classifier.**\" |\n   \"pooler.**\"")),
        good("BracketsLetLinesEnd", head("betas = [\n   0.9,\n   0.999,\n  ]")),
        good("LabelsMayBeStrings", file("phase \"a\" { thaw = all }")),
        good("LabelsAreUniqueAfterExpansion", file("for i in 0..1 { phase \"l${i}\" { thaw = "
                                                   "module(\"encoder.layer.${i}\") } }\n phase b { thaw = rest }")),
        Case{"TwoPhasesOfOneName", file("phase a { thaw = \"classifier.**\" }\n phase a { thaw = rest }"), "FTS0204",
             "'phase a'"},
        good("WordsOfTheLanguageMayBeLabels",
             file("phase let { thaw = \"classifier.**\" }\n phase in { thaw = rest }")),
        Case{"ReservedWordsCannotBeBound", head("", "let rest = 1"), "FTS0207", "rest"},
        Case{"UseNeedsAs", head("", "use std.bert"), "FTS0101", "as"},
        Case{"MixedBodies", strategy("adapter = model_parallel\n fsdp_plan { a = 1, \"\" => {} }"), "FTS0209", ""}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Values, Language,
    testing::Values(
        good("NumbersWithUnderscores", file("max_steps = 1_000\n phase a { thaw = all }")),
        good("TimesHaveUnits", strategy("adapter = base\n timeout { setup = 30min, train = 90s }")),
        good("DtypesAreShortOrTorchs", strategy("adapter = fsdp\n mixed_precision { param_dtype = bf16, reduce_dtype = "
                                                "torch.float32, buffer_dtype = float32 }")),
        good("OptimizersByTheirClass", head("optimizer = AdamW { lr = 1e-3 }")),
        good("SchedulersByTheirClass", head("lr_scheduler = CosineAnnealingLR { T_max = 4 }")),
        good("PowersBindToTheRight", head("lr = 1e-3 * 2 ** -1 ** 2")),
        good("EveryFunction", head("lr = min(1, max(1e-3, abs(-1e-4), sqrt(1e-6), pow(1e-1, 3), sin(0.1), cos(0.1))) * "
                                   "floor(1.5) * len([1])")),
        good("AConditional", head("lr = 1e-3 if not 1 > 2 and true or false else 1e-4")),
        Case{"FloorDivisionIsAFunction", head("lr = 1 // 2"), "FTS0101", "floor"},
        Case{"ComparisonsAreNotChained", head("lr = 1 if 1 < 2 < 3 else 2"), "FTS0101", ""},
        Case{"DifferentSetOperatorsNeedParentheses", thaw("all - \"pooler.**\" | \"classifier.**\""), "FTS0210", ""},
        good("RangesCountDownBetweenLiterals", file("for i in 1..0 { phase \"l${i}\" { thaw = "
                                                    "module(\"encoder.layer.${i}\") } }\n phase b { thaw = rest }"))),
    named);

INSTANTIATE_TEST_SUITE_P(
    Inputs, Language,
    testing::Values(
        good("OfEveryType",
             head("lr = f if b else f * n\n  until = plateau(monitor = s)",
                  "input f: float = 1e-3\ninput n: int = 2\ninput b: bool = true\ninput s: string = \"val_acc\"")),
        Case{"WithoutAValue", head("lr = f", "input f: float"), "FTS0214", "--set f="},
        Case{"OfAnotherType", head("lr = 1", "input n: int = 1.5"), "FTS0214", "write one such as 3, or another type"},
        Case{"OfNoType", head("lr = 1", "input n: number = 1"), "FTS0214", "'number'"}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Schedules, Language,
    testing::Values(
        good("EveryAttribute",
             file(" lr_scheduler = linear { total_iters = 4 }\n no_decay = \"**.bias\"\n max_epochs = 9\n max_steps = "
                  "900\n"
                  " max_depth = -1\n base_max_lr = 1e-5\n restore_best = true\n enforce_phase0_params = true\n"
                  " apply_lambdas_new_pgs = false\n frozen_bn_track_running_stats = true\n gradient_clip_val = 1.0\n"
                  " gradient_clip_algorithm = norm\n accumulate_grad_batches = 2\n compat = none\n"
                  " checkpoint {\n  save_top_k = 2\n  monitor = val_loss\n  mode = min\n  every_n_epochs = 1\n  "
                  "save_last = true\n"
                  "  save_on_train_epoch_end = false\n }\n phase a { thaw = all }")),
        good("MonitorsHaveSettings",
             "schedule {\n monitor = \"val/acc\" { mode = max, patience = 2, min_delta = 1e-3, check_finite = true,\n"
             "  stopping_threshold = 0.99, divergence_threshold = 0.1 }\n optimizer = sgd { lr = 0.1 }\n phase a { "
             "thaw = all }\n}\n"),
        good("FreezeWhatIsThawed",
             file("phase a { thaw = \"classifier.**\" }\n phase b { thaw = rest, freeze = \"classifier.**\" }")),
        good("GroupsOfOnePhase", file("phase a {\n thaw = all\n groups {\n  \"classifier.**\" => { lr = 1e-3 }\n  "
                                      "\"embeddings.**\" => { lr = 1e-5, "
                                      "weight_decay = 0 }\n }\n}")),
        good(
            "EveryCondition",
            head("until = (epoch(9) or epochs(3)) and step(10) or plateau(patience = 2, monitor = val_acc, mode = max) "
                 "or metric(\"val/acc\") >= 0.9")),
        good("RatesAsLambdas", head("lr_scheduler = lambda { lr_lambda = 0.95 ** epoch }")),
        good("LambdasInSteps", head("lr_scheduler = lambda { lr_lambda = min(1, (step + 1) / 100), interval = step }")),
        good("Multiplicative", head("lr_scheduler = multiplicative { lr_lambda = 0.95 }")),
        good("Sequential", head("lr_scheduler = sequential { schedulers = [linear {}, exponential { gamma = 0.9 }], "
                                "milestones = [5] }")),
        good("Chained", head("lr_scheduler = chained { schedulers = [constant {}, exponential { gamma = 0.9 }] }")),
        good("WhatFtsAddsToASchedulersBraces",
             head("lr_scheduler = reduce_on_plateau { interval = epoch, frequency = 1, monitor = val_loss, "
                  "use_current_optimizer_pg_lrs = true }")),
        Case{"ALambdaKnowsNoOtherName", head("lr_scheduler = lambda { lr_lambda = depth }"), "FTS0202", "depth"},
        Case{"ALambdaOutsideARate", head("lr = 0.95 ** epoch"), "FTS0202", "epoch"}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Modules, Language,
    testing::Values(
        good("BringSelections", thaw("bert.layers[4..5] | bert.pooler", "use std.bert as bert")),
        good("BringBodiesOfRules", strategy("adapter = model_parallel\n fsdp_plan = bert.fsdp\n tp_plan = bert.tp\n "
                                            "mesh = { data = 1, tensor = 2 }",
                                            "use std.bert as bert")),
        good("BringLists",
             strategy("adapter = fsdp\n use_orig_params = true\n awp_overrides = bert.awp", "use std.bert as bert")),
        good("LetsHoldBodies", strategy("adapter = model_parallel\n fsdp_plan = units\n mesh = grid",
                                        "let grid = { data = 2, tensor = 1 }\nlet units = { \"\" => {} }")),
        good("LetsHoldConstructors",
             file("lr_scheduler = fall\n phase a { thaw = all }", "let fall = step { step_size = 2 }")),
        good("LetsStandInBodies",
             file("phase a {\n let sel = \"classifier.**\"\n thaw = sel\n }\n phase b { thaw = rest }")),
        good("LetsMayHaveTwoIndices", thaw("pair[2, 1]", "let pair[i, j] = module(\"encoder.layer.{${i},${j}}\")")),
        Case{"LetsTakeTheirNumberOfIndices", thaw("l[1, 2]", "let l[i] = module(\"encoder.layer.${i}\")"), "FTS0301",
             "1 index"},
        good("AnUnusedLetIsNotHeldAgainstTheModel", thaw("\"classifier.**\"", "let other = \"no.such.name\""))),
    named);

INSTANTIATE_TEST_SUITE_P(
    Strategies, Language,
    testing::Values(
        good("Ddp",
             strategy("adapter = ddp\n find_unused_parameters = true\n static_graph = false\n bucket_cap_mb = 25\n"
                      " gradient_as_bucket_view = true\n zero1 = false\n precision = f32\n allow_untested = true")),
        good("Fsdp",
             strategy("adapter = fsdp\n auto_wrap_policy = any_of(module_types(\"BertLayer\"), min_num_params(1e8))\n"
                      " use_orig_params = true\n sharding_strategy = FULL_SHARD\n cpu_offload = false\n"
                      " backward_prefetch = BACKWARD_PRE\n limit_all_gathers = true\n sync_module_states = false")),
        good("ModelParallel",
             strategy("adapter = model_parallel\n mesh = { data = 2, tensor = 1 }\n"
                      " fsdp_default_kwargs = { reshard_after_forward = true, act_ckpt = composable }\n"
                      " fsdp_plan {\n  /encoder\\.layer\\.\\d+/ => { mp_policy = { param_dtype = bf16, reduce_dtype = "
                      "f32 } }\n"
                      "  \"classifier\" => { reshard_after_forward = false, shard_placement_fn = { \"**.weight\" => "
                      "shard(1) } }\n"
                      "  \"\" => {}\n }")),
        good("TensorParallelStylesTakeLayouts",
             strategy("adapter = model_parallel\n mesh = { data = 1, tensor = 2 }\n tp_plan {\n"
                      "  \"encoder.layer.*.intermediate.dense\" => colwise { input_layouts = replicate }\n"
                      "  \"encoder.layer.*.output.dense\" => rowwise { output_layouts = replicate }\n }")),
        good("Plugins", strategy("adapter = plugin(\"transformerbridge\") { use_tl_names = true }")),
        good("SeveralStrategies", "strategy a { adapter = base }\nstrategy b { adapter = ddp }\n"),
        Case{"AdaptersMustBeThere", strategy("precision = f32"), "FTS0205", "adapter"}),
    named);

TEST(LanguageInputs, AreSetByTheCommandLineInTheirTypes) {
  const std::string text =
      head("lr = f if b else f * n\n  until = plateau(monitor = s)",
           "input f: float = 1e-3\ninput n: int\ninput b: bool = true\ninput s: string = \"val_acc\"");
  CompileOptions options;
  options.inputs = {{"f", "2e-3"}, {"n", "3"}, {"b", "false"}, {"s", "val/f1"}};
  const auto result = test::compile_text(text, "minilm-classifier", options);
  ASSERT_TRUE(result.plan) << test::rendered(result);
  EXPECT_DOUBLE_EQ(*result.program->phases.front().body->number("lr"), 6e-3);
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"f", "fast"}, {"n", "1.5"}, {"b", "1"}, {"f", "nan"}}) {
    options.inputs = {{"n", "3"}};
    options.inputs[name] = value;
    const auto wrong = test::compile_text(text, "minilm-classifier", options);
    EXPECT_THAT(test::rendered(wrong), testing::HasSubstr("FTS0214")) << name << "=" << value;
  }
}

}  // namespace
}  // namespace fts
