// What import writes, as text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/interop/interop_support.hpp"
#include "tests/support/golden.hpp"

namespace fts {
namespace {

using testing::HasSubstr;

TEST(Import, WritesPhasesWithNamesAndComments) {
  const auto imported = test::import_paths(test::data_path("good/bert-base-uncased-seqcls.ft_schedule.yaml"),
                                           {test::data_path("good/bert-base-uncased-seqcls.awp_overrides.yaml")});
  ASSERT_TRUE(imported.text) << imported.rendered();
  test::expect_golden("interop/bert.fts", *imported.text);
}

TEST(Import, ReadsAWholeConfiguration) {
  const auto imported = test::import_texts("", test::read_text(test::data_path("configuration.yaml")));
  ASSERT_TRUE(imported.text) << imported.rendered();
  test::expect_golden("interop/configuration.fts", *imported.text);
}

TEST(Import, NamesNoPhaseAfterARangeOfOtherThanDigits) {
  const auto imported = test::import_texts("0: {params: ['layer.[*-8].weight', 'layer.[6-9].bias']}\n");
  ASSERT_TRUE(imported.text) << imported.rendered();
  EXPECT_THAT(*imported.text, HasSubstr("phase layer_layer_6_to_9 {"));
}

struct Refused {
  const char* name;
  const char* schedule;
  std::vector<std::string> words;
};
class RefusedYaml : public testing::TestWithParam<Refused> {};

TEST_P(RefusedYaml, SaysEveryFault) {
  const auto imported = test::import_texts(GetParam().schedule);
  EXPECT_FALSE(imported.text);
  for (const auto& word : GetParam().words) EXPECT_THAT(imported.rendered(), HasSubstr(word));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedYaml,
    testing::Values(
        Refused{"EveryFaultAtOnce",
                "0: {params: a}\n1: {params: [b], lr: fast, max_transition_epoch: soon}\n",
                {"params is a list", "the lr of phase 1 is the string 'fast'",
                 "max_transition_epoch is the string 'soon'", "3 errors"}},
        Refused{"AControlCharacter", "0: {params: [a\x01]}\n", {"no control character such as this one, 0x01"}},
        Refused{"ANullPhase", "0: {params: [a]}\n1:\n", {"phase 1 is a mapping with params, not null"}},
        Refused{"NoSchedule", "- a\n- b\n", {"a schedule is a mapping of phases, not a list"}},
        Refused{"AGap", "0: {params: [a]}\n2: {params: [b]}\n", {"there is a phase 2, but no phase 1"}},
        Refused{"FaultsBesideAGap",
                "0: {params: [a], max_transition_epoch: x}\n1: {params: [b], lr: [1]}\n3: {params: [c]}\n",
                {"there is a phase 3, but no phase 2", "max_transition_epoch is the string 'x'", "the lr of phase 1"}},
        Refused{"TwoKeysBecomeOne",
                "0: {params: [a]}\n1: {params: [b]}\n1.7: {params: [c]}\n",
                {"two phases have the key 1"}},
        Refused{
            "AClassOfNobody",
            "0: {params: [a]}\n1: {params: [b], new_optimizer: {optimizer_init: {class_path: torch.optim.AdamWW}}}\n",
            {"fts has no 'torch.optim.AdamWW'", "did you mean 'AdamW'"}},
        Refused{"RatesThatAreStrings",
                "0: {params: [a]}\n1: {params: [b], new_lr_scheduler: {lr_scheduler_init: {class_path: "
                "torch.optim.lr_scheduler.StepLR, init_args: {step_size: 1}}, init_pg_lrs: [1e-3]}}\n",
                {"is a string, and the scheduler would fail on it"}},
        Refused{"LightningsKeys",
                "0: {params: [a]}\n1: {params: [b], new_lr_scheduler: {lr_scheduler_init: {class_path: "
                "torch.optim.lr_scheduler.StepLR, init_args: {step_size: 1}}, pl_lrs_cfg: {interval: null, frequency: "
                "null, scheduler: x}}}\n",
                {"interval is null", "frequency is null", "fails on a second one"}},
        Refused{"FusedWithForeach",
                "0: {params: [a]}\n1: {params: [b], new_optimizer: {optimizer_init: {class_path: torch.optim.AdamW, "
                "init_args: {fused: true, foreach: true}}}}\n",
                {"fused and foreach do not go together"}}),
    [](const auto& c) { return c.param.name; });

struct RefusedConfig {
  const char* name;
  const char* callbacks;
  const char* words;
  const char* schedule = "0: {params: [a]}\n1: {params: [b], lr: 0.1}\n";
};
class RefusedArguments : public testing::TestWithParam<RefusedConfig> {};

TEST_P(RefusedArguments, IsSaid) {
  const auto imported =
      test::import_texts(GetParam().schedule, "trainer:\n  callbacks:\n  " + std::string(GetParam().callbacks) + "\n");
  EXPECT_FALSE(imported.text);
  EXPECT_THAT(imported.rendered(), HasSubstr(GetParam().words));
}

const char* const kReinit =
    "- {class_path: finetuning_scheduler.FinetuningScheduler, init_args: {reinit_optim_cfg: {optimizer_init: null}}}";

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedArguments,
    testing::Values(
        RefusedConfig{"OfTheScheduler",
                      "- {class_path: finetuning_scheduler.FinetuningScheduler, init_args: {max_dpth: 1}}",
                      "did you mean 'max_depth'?"},
        RefusedConfig{"OfEarlyStopping",
                      "- {class_path: finetuning_scheduler.FinetuningScheduler}\n  "
                      "- {class_path: finetuning_scheduler.FTSEarlyStopping, init_args: {monitor: a, patiense: 1}}",
                      "FTSEarlyStopping has no argument 'patiense'"},
        RefusedConfig{"OfTheCheckpoint",
                      "- {class_path: finetuning_scheduler.FinetuningScheduler}\n  "
                      "- {class_path: finetuning_scheduler.FTSCheckpoint, init_args: {monitor: a, save_topk: 1}}",
                      "did you mean 'save_top_k'?"},
        RefusedConfig{
            "WeightsOnly",
            "- {class_path: finetuning_scheduler.FinetuningScheduler}\n  "
            "- {class_path: finetuning_scheduler.FTSCheckpoint, init_args: {monitor: a, save_weights_only: true}}",
            "save_weights_only leaves out the optimizer's state"},
        RefusedConfig{"TwoIntervals",
                      "- {class_path: finetuning_scheduler.FinetuningScheduler}\n  "
                      "- {class_path: finetuning_scheduler.FTSCheckpoint, init_args: {monitor: a, every_n_epochs: 1, "
                      "every_n_train_steps: 5}}",
                      "both say when to save"},
        RefusedConfig{"NoNumberOfCheckpoints",
                      "- {class_path: finetuning_scheduler.FinetuningScheduler, init_args: {restore_best: false}}\n  "
                      "- {class_path: finetuning_scheduler.FTSCheckpoint, init_args: {monitor: a, save_top_k: null}}",
                      "save_top_k is null"},
        RefusedConfig{"TheBestOfNothing",
                      "- {class_path: finetuning_scheduler.FinetuningScheduler, init_args: {restore_best: false}}\n  "
                      "- {class_path: finetuning_scheduler.FTSCheckpoint, init_args: {save_top_k: 3}}",
                      "no monitor says what is best"},
        RefusedConfig{"NoMonitor",
                      "- {class_path: finetuning_scheduler.FinetuningScheduler}\n  "
                      "- {class_path: finetuning_scheduler.FTSCheckpoint, init_args: {save_top_k: 1}}",
                      "FTSCheckpoint has no monitor"},
        RefusedConfig{"AnEmptyReinitOfOnePhase", kReinit, "optimizer_init is missing here", "0: {params: [a]}\n"}),
    [](const auto& c) { return c.param.name; });

// What imports with the line `text` in it, and a warning with these words.
struct Read {
  const char* name;
  const char* schedule;
  const char* callbacks;
  const char* text;
  const char* words;
};
class ReadOtherwise : public testing::TestWithParam<Read> {};

TEST_P(ReadOtherwise, IsSaid) {
  const auto& c = GetParam();
  const auto imported =
      test::import_texts(c.schedule, "trainer: {max_epochs: 9, callbacks: " + std::string(c.callbacks) + "}\n");
  ASSERT_TRUE(imported.text) << imported.rendered();
  EXPECT_THAT(*imported.text, HasSubstr(c.text));
  EXPECT_THAT(imported.rendered(), HasSubstr(c.words));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReadOtherwise,
    testing::Values(
        Read{"ADepthOfMinusTwo", "0: {params: [a]}\n1: {params: [b], lr: 0.1}\n",
             "[{class_path: finetuning_scheduler.FinetuningScheduler, init_args: {max_depth: -2}}]", "= 0\n",
             "FTS reads max_depth -2 as 0"},
        Read{"AModelCheckpointWithoutMonitor", "0: {params: [a]}\n",
             "[{class_path: finetuning_scheduler.FinetuningScheduler}, {class_path: "
             "lightning.pytorch.callbacks.ModelCheckpoint, init_args: {monitor: null, save_top_k: -1}}]",
             "{ monitor = val_loss, save_top_k = -1 }", "FTS replaces this ModelCheckpoint"},
        Read{"AnEpochThatIsNoNumber", "0: {params: [a], max_transition_epoch: .nan}\n1: {params: [b], lr: 0.1}\n",
             "[{class_path: finetuning_scheduler.FinetuningScheduler}]", "phase a {\n    thaw = fts(\"a\")\n  }",
             "FTS takes it for none"},
        Read{"ANewOptimizerThatReinitTakesThePlaceOf",
             "0: {params: [a], new_optimizer: {optimizer_init: {class_path: torch.optim.SGD, init_args: {lr: 0.1}}}}\n"
             "1: {params: [b], lr: 0.1}\n",
             "[{class_path: finetuning_scheduler.FinetuningScheduler, init_args: {reinit_optim_cfg: {optimizer_init: "
             "{class_path: torch.optim.AdamW}}}}]",
             "phase a {\n    thaw = fts(\"a\")\n  }", "takes the place of this new_optimizer"}),
    [](const auto& c) { return c.param.name; });

struct Config {
  const char* name;
  const char* text;
  std::vector<std::string> words;
};
class RefusedConfiguration : public testing::TestWithParam<Config> {};
class WarnedConfiguration : public testing::TestWithParam<Config> {};

TEST_P(RefusedConfiguration, IsSaid) {
  const auto imported = test::import_texts("0: {params: [a]}\n", GetParam().text);
  EXPECT_FALSE(imported.text);
  for (const auto& word : GetParam().words) EXPECT_THAT(imported.rendered(), HasSubstr(word));
}

TEST_P(WarnedConfiguration, IsSaid) {
  const auto imported = test::import_texts("0: {params: [a]}\n", GetParam().text);
  EXPECT_TRUE(imported.text) << imported.rendered();
  EXPECT_EQ(imported.diagnostics.warnings(), GetParam().words.size()) << imported.rendered();
  for (const auto& word : GetParam().words) EXPECT_THAT(imported.rendered(), HasSubstr(word));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedConfiguration,
    testing::Values(
        Config{"KeysOfLightning",
               "optimiser: {class_path: torch.optim.AdamW}\nstratgy: ddp\n",
               {"did you mean 'optimizer'?", "did you mean 'strategy'?"}},
        Config{"AnArgumentOfFsdp",
               "strategy: {class_path: lightning.pytorch.strategies.FSDPStrategy, init_args: {sharding_stratgy: A}}\n",
               {"FSDPStrategy has no argument 'sharding_stratgy'", "did you mean 'sharding_strategy'?"}},
        Config{"AnArgumentOfModelParallel",
               "strategy: {class_path: ModelParallelStrategy, init_args: {tensr_parallel: 3}}\n",
               {"ModelParallelStrategy has no argument 'tensr_parallel'"}},
        Config{"AStyle",
               "tensor_parallel_size: 2\ntp_plan: {a: colwise, b: rowise}\n",
               {"no tensor-parallel style 'rowise'", "did you mean 'rowwise'"}}),
    [](const auto& c) { return c.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Table, WarnedConfiguration,
    testing::Values(
        Config{
            "WhatFsdpDoesBeside",
            "strategy: {class_path: lightning.pytorch.strategies.FSDPStrategy, init_args: {state_dict_type: sharded, "
            "activation_checkpointing_policy: [A], timeout: 10, forward_prefetch: false}}\n",
            {"FSDPStrategy's state_dict_type has no place", "FSDPStrategy's activation_checkpointing_policy has no"}},
        Config{"WhatTheTrainerDoesBeside",
               "trainer: {max_epochs: 3, min_epochs: 2, max_time: '00:01:00:00', limit_train_batches: 0.5, "
               "check_val_every_n_epoch: 2}\n",
               {"the Trainer's min_epochs", "the Trainer's max_time", "the Trainer's limit_train_batches",
                "the Trainer's check_val_every_n_epoch"}},
        Config{"KeysThatAreWordsOfTheirOwn", "mode: a\nmodule: b\n", {"'mode' is nothing that", "'module' is nothing"}},
        Config{"DefaultsOfTheTrainer",
               "trainer: {max_epochs: 3, min_epochs: 1, limit_train_batches: 1.0, overfit_batches: 0.0, "
               "val_check_interval: 1.0, check_val_every_n_epoch: 1, fast_dev_run: false, max_time: null}\n",
               {}},
        Config{"AModeOfCheckpoints",
               "strategy_adapter_cfg: {fsdp_plan: {a: {act_ckpt: [composible]}}}\n",
               {"did you mean 'composable'?"}},
        Config{"AStyleOfTransformersAlone",
               "tensor_parallel_size: 2\ntp_plan: {a: colwise, b: all_reduce}\n",
               {"the tensor-parallel style 'all_reduce' has no place in fts"}},
        Config{
            "CheckpointsInTheMidstOfAnEpoch",
            "trainer: {max_steps: 9, callbacks: [{class_path: finetuning_scheduler.FinetuningScheduler}, {class_path: "
            "finetuning_scheduler.FTSCheckpoint, init_args: {monitor: a, every_n_train_steps: 5}}]}\n",
            {"a checkpoint from the midst of an epoch"}}),
    [](const auto& c) { return c.param.name; });

TEST(Import, WritesLightningsLimitWhereTheTrainerHasNone) {
  const std::string schedule = "0: {params: [a]}\n";
  EXPECT_THAT(*test::import_texts(schedule, "trainer: {accumulate_grad_batches: 2}\n").text, HasSubstr("= 1000  # "));
  for (const char* limited : {"max_epochs: 7", "max_steps: 7", "max_time: '00:01:00:00'", "max_epochs: -1"}) {
    const auto imported = test::import_texts(schedule, "trainer: {" + std::string(limited) + "}\n");
    EXPECT_THAT(imported.text.value(), testing::Not(HasSubstr("1000")));
  }
  EXPECT_THAT(*test::import_texts(schedule).text, testing::Not(HasSubstr("1000")));
}

// PyTorch's cyclic and one_cycle fail once FTS adds a group.
TEST(Import, LeavesToCheckWhichSchedulersTakeMoreGroups) {
  const auto codes = [](const std::string& scheduler, const std::string& phase) {
    const auto compiled = test::compile_imported(
        "schedule {\n  compat = fts\n  monitor = val_loss\n  optimizer = sgd { lr = 0.1, momentum = 0.9 }\n  "
        "lr_scheduler = " +
            scheduler + "\n  phase a { thaw = fts(\"head.*\") }\n  phase b { thaw = fts(\"fc3.*\")" + phase + " }\n}\n",
        "mlp4");
    return test::rendered(compiled);
  };
  const std::string cyclic = "cyclic { base_lr = 0.01, max_lr = 0.1 }";
  EXPECT_THAT(codes(cyclic, ", lr = 0.1"), HasSubstr("'cyclic' knows the groups of the first phase only"));
  EXPECT_THAT(codes("one_cycle { max_lr = 0.1, total_steps = 10 }", ", lr = 0.1"), HasSubstr("'one_cycle' knows"));
  EXPECT_THAT(codes("polynomial { total_iters = 4 }", ", lr = 0.1"), testing::Not(HasSubstr("FTS0606")));
  EXPECT_THAT(codes(cyclic, ", lr = 0.1, lr_scheduler = step { step_size = 1 }"), testing::Not(HasSubstr("FTS0606")));
}

TEST(Import, TakesABaseRateThatNoPhaseTakes) {
  const std::string config =
      "trainer: {callbacks: [{class_path: finetuning_scheduler.FinetuningScheduler, init_args: {base_max_lr: "
      "fast}}]}\n";
  EXPECT_TRUE(test::import_texts("0: {params: [a]}\n1: {params: [b], lr: 0.1}\n", config).text);
  EXPECT_FALSE(test::import_texts("0: {params: [a]}\n1: {params: [b]}\n", config).text);
}

TEST(Import, TakesDdpByItsNameOnly) {
  const std::string schedule = "0: {params: [a]}\n";
  const std::string object = "strategy: {class_path: lightning.pytorch.strategies.DDPStrategy}\n";
  EXPECT_TRUE(test::import_texts(schedule, "strategy: ddp\n").text);
  const auto refused = test::import_texts(schedule, object);
  EXPECT_FALSE(refused.text);
  EXPECT_THAT(refused.rendered(), HasSubstr("write strategy: ddp"));
  EXPECT_TRUE(test::import_texts(schedule, object +
                                               "callbacks: [{class_path: finetuning_scheduler.FinetuningScheduler, "
                                               "init_args: {allow_untested: true}}]\n")
                  .text);
  EXPECT_FALSE(test::import_texts(schedule, "trainer: {strategy: deepspeed}\n").text);
}

TEST(Import, LaysALaterConfigurationOverAnEarlierOne) {
  const std::string first =
      "trainer:\n"
      "  max_epochs: 7\n"
      "  callbacks:\n"
      "  - class_path: finetuning_scheduler.FinetuningScheduler\n"
      "    init_args: {max_depth: 1}\n"
      "  strategy:\n"
      "    class_path: lightning.pytorch.strategies.ModelParallelStrategy\n"
      "    init_args: {data_parallel_size: 2, tensor_parallel_size: 1}\n";
  const std::string second =
      "trainer:\n"
      "  callbacks+:\n"
      "  - class_path: finetuning_scheduler.FTSEarlyStopping\n"
      "    init_args: {monitor: of_second, patience: 4}\n"
      "  strategy:\n"
      "    init_args: {tensor_parallel_size: 4}\n";
  const std::string other = "trainer: {strategy: {class_path: FSDPStrategy, init_args: {use_orig_params: false}}}\n";
  const std::string schedule = "0: {params: [a]}\n1: {params: [b], lr: 0.1}\n";
  const auto both = test::import_several(schedule, {first, second});
  ASSERT_TRUE(both.text) << both.rendered();
  for (const char* part : {"= 7\n", "max_depth", "of_second", "strategy model_parallel", "data = 2", "tensor = 4"})
    EXPECT_THAT(*both.text, HasSubstr(part));
  const auto replaced = test::import_several(schedule, {first, other});
  ASSERT_TRUE(replaced.text) << replaced.rendered();
  EXPECT_THAT(*replaced.text, HasSubstr("strategy fsdp"));
}

TEST(Import, ReadsWhatAStrategyPassesOn) {
  const auto with = [](const std::string& arguments) {
    return test::import_texts("0: {params: [a]}\n",
                              "strategy: {class_path: lightning.pytorch.strategies.FSDPStrategy, " + arguments + "}\n");
  };
  const auto passed =
      with("init_args: {sharding_strategy: FULL_SHARD}, dict_kwargs: {use_orig_params: false, forward_prefetch: true}");
  ASSERT_TRUE(passed.text) << passed.rendered();
  EXPECT_THAT(*passed.text, testing::ContainsRegex("use_orig_params *= false"));
  EXPECT_THAT(*passed.text, HasSubstr("FULL_SHARD"));
  EXPECT_THAT(passed.rendered(), HasSubstr("FSDPStrategy's forward_prefetch has no place"));
  EXPECT_THAT(*with("dict_kwargs: {use_orig_params: false}").text, testing::ContainsRegex("use_orig_params *= false"));
  const auto unknown = with("dict_kwargs: {use_orig_parms: true}");
  EXPECT_FALSE(unknown.text);
  EXPECT_THAT(unknown.rendered(), HasSubstr("did you mean 'use_orig_params'?"));
}

TEST(Import, TellsSinksFromTheProjectionsBesideThem) {
  const auto imported = test::import_texts("0: {params: [a]}\n",
                                           "tensor_parallel_size: 2\n"
                                           "tp_plan: {'l.*.attn.q_proj': colwise, 'l.*.attn.sinks': colwise, "
                                           "'l.*.attn': local_params}\n");
  ASSERT_TRUE(imported.text) << imported.rendered();
  const auto parameters = imported.text->find("tp_parameters");
  ASSERT_NE(parameters, std::string::npos) << *imported.text;
  EXPECT_GT(imported.text->find("attn.sinks"), parameters);
  EXPECT_LT(imported.text->find("attn.q_proj"), parameters);
  EXPECT_LT(imported.text->find("local_params"), parameters);
}

TEST(Import, WarnsOfWhatFtsIgnores) {
  const auto imported = test::import_texts("0: {params: [a], lr: 1.0}\n1: {parms: [b], lr: true}\n");
  ASSERT_TRUE(imported.text) << imported.rendered();
  EXPECT_THAT(imported.rendered(), HasSubstr("FTS ignores the lr of phase 0"));
  EXPECT_THAT(imported.rendered(), HasSubstr("FTS ignores 'parms' in phase 1"));
  EXPECT_THAT(imported.rendered(), HasSubstr("did you mean 'params'?"));
  EXPECT_THAT(imported.rendered(), HasSubstr("true, which FTS reads as 1"));
}

}  // namespace
}  // namespace fts
