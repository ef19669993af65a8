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
        Refused{"ANullPhase", "0: {params: [a]}\n1:\n", {"phase 1 is a mapping with params, not null"}},
        Refused{"NoSchedule", "- a\n- b\n", {"a schedule is a mapping of phases, not a list"}},
        Refused{"AGap", "0: {params: [a]}\n2: {params: [b]}\n", {"there is a phase 2, but no phase 1"}},
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
        RefusedConfig{"AnEmptyReinitOfOnePhase", kReinit, "optimizer_init is missing here", "0: {params: [a]}\n"}),
    [](const auto& c) { return c.param.name; });

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
