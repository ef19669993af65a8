#include "compiler/plan/diff.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "tests/compiler/plan/plan_support.hpp"

namespace fts::plan {
namespace {

// "path: before -> after", one a change.
std::string changes(const Plan& before, const Plan& after) {
  std::string out;
  for (const auto& c : diff(before, after)) out += c.path + ": " + c.before.dump() + " -> " + c.after.dump() + "\n";
  return out;
}

struct Case {
  const char* name;
  std::function<void(Plan&)> edit;
  const char* changes;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Diff : public testing::TestWithParam<Case> {};

TEST_P(Diff, NamesWhatAnEditChanges) {
  Plan after = sample_plan();
  GetParam().edit(after);
  EXPECT_EQ(changes(sample_plan(), after), GetParam().changes);
}

INSTANTIATE_TEST_SUITE_P(
    All, Diff,
    testing::Values(
        Case{"nothing", [](Plan& p) { p.source_hash = "0"; }, ""},
        Case{"a_limit", [](Plan& p) { p.schedule.max_epochs = 50; }, "schedule.max_epochs: 40 -> 50\n"},
        Case{"a_rate", [](Plan& p) { p.schedule.phases[1].groups[0].arguments["lr"] = 1e-4; },
             "phase body.groups.body.arguments.lr: 2e-05 -> 0.0001\n"},
        Case{"an_end", [](Plan& p) { p.schedule.phases[2].until.monitor.patience = 5; },
             "phase all_of_it.until: \"plateau(val_loss, patience 2)\" -> \"plateau(val_loss, patience 5)\"\n"},
        Case{"a_scheduler_gone", [](Plan& p) { p.schedule.phases[0].lr_scheduler.reset(); },
             "phase head.lr_scheduler: {\"arguments\":{\"total_iters\":4},\"name\":\"linear\"} -> null\n"},
        Case{"a_parameter_that_is_left_out", [](Plan& p) { p.schedule.phases[1].thaw = {1}; },
             "parameter body.bias: \"body\" -> null\n"},
        Case{"a_strategy", [](Plan& p) { p.strategies[0].settings["precision"] = "bf16"; },
             "strategy base.settings: {} -> {\"precision\":\"bf16\"}\n"}),
    [](const auto& c) { return c.param.name; });

TEST(DiffOfPhases, NamesNewAndLostPhasesOnceAsAWhole) {
  Plan after = sample_plan();
  after.schedule.phases[2].name = "rest";
  const auto all = diff(sample_plan(), after);
  ASSERT_EQ(all.size(), 4U);  // with the two parameters that another phase thaws now
  EXPECT_EQ(all[0].path, "phase all_of_it");
  EXPECT_TRUE(all[0].after.is_null());
  EXPECT_EQ(all[1].path, "phase rest");
  EXPECT_TRUE(all[1].before.is_null());
  EXPECT_EQ(all[2].path, "parameter emb.weight");
}

TEST(DiffOfModels, NamesParametersThatOneModelLacks) {
  Plan after = sample_plan();
  after.parameters[5].name = "other";
  after.graph_fingerprint = std::string(32, '0');
  EXPECT_EQ(changes(sample_plan(), after),
            "parameter extra: null -> \"not in the model\"\nparameter other: \"not in the model\" -> null\n");
}

}  // namespace
}  // namespace fts::plan
