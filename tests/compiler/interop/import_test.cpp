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
                {"is a string, and the scheduler would fail on it"}}),
    [](const auto& c) { return c.param.name; });

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
