#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/graph/graph.hpp"
#include "compiler/plan/table.hpp"
#include "tests/compiler/plan/plan_support.hpp"
#include "tests/support/golden.hpp"

namespace fts::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

// MiniLM in three phases: the pooler, the two upper layers, the rest.
Plan minilm_plan() {
  const auto graph = graph::read(std::string(FTS_SOURCE_DIR) + "/tests/data/graphs/all-minilm-l6-v2-bert.graph.json");
  Plan plan = sample_plan();
  plan.model = graph.value().model();
  plan.graph_fingerprint = graph->fingerprint();
  plan.parameters = parameters_of(*graph);
  auto& phases = plan.schedule.phases;
  phases[0].name = "pooler";
  phases[1].name = "top";
  phases[2].name = "others";
  for (Phase& phase : phases) {
    phase.thaw.clear();
    phase.freeze.clear();
    phase.groups = {{phase.name, {}, {{"lr", 2e-5}, {"weight_decay", 0.01}}}};
  }
  for (std::uint32_t i = 0; i < plan.parameters.size(); ++i) {
    const std::string& name = plan.parameters[i].name;
    const bool top = name.starts_with("encoder.layer.4.") || name.starts_with("encoder.layer.5.");
    Phase& phase = phases[name.starts_with("pooler.") ? 0 : top ? 1 : 2];
    phase.thaw.push_back(i);
    phase.groups[0].parameters.push_back(i);
  }
  return plan;
}

std::size_t widest(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    width = std::max(width, width_of(std::string_view(text).substr(at, end - at)));
    at = end + 1;
  }
  return width;
}

TEST(SummaryJson, IsTheTextOfTheGolden) {
  test::expect_golden("plan/sample.summary.json", summary_json(sample_plan()));
}

TEST(SummaryJson, HoldsTheContract) {
  const auto j = nlohmann::json::parse(summary_json(sample_plan()));
  EXPECT_EQ(j["version"], 1);
  EXPECT_EQ(j["model"], "tiny");
  EXPECT_EQ(j["max_depth"], 2);
  EXPECT_EQ(j["epoch_watermark"], -1) << "the only epoch(n) is phase 0's";
  EXPECT_EQ(j["phases"][0]["max_transition_epoch"], 2);
  EXPECT_EQ(j["phases"][2]["thawed"], nlohmann::json({"emb.weight"})) << "a tied tensor once, under its first name";
  EXPECT_EQ(j["phases"][1]["lr"], 2e-5);
  EXPECT_EQ(j["phases"][1]["groups"][1]["name"], "body.no_decay");
  EXPECT_EQ(j["phases"][1]["groups"][1]["weight_decay"], 0.0);
  EXPECT_EQ(j["phases"][1]["groups"][1]["initial_lr"], 2e-5);
  EXPECT_EQ(j["phases"][2]["groups"][0]["optimizer"], "sgd");
  EXPECT_EQ(j["unscheduled"], nlohmann::json({"extra"}));
}

TEST(SummaryJson, SaysNullWhereTheProgramDecides) {
  Plan plan = sample_plan();
  for (Phase& phase : plan.schedule.phases) {
    phase.optimizer.reset();
    for (Group& group : phase.groups) group.arguments = nlohmann::json::object();
  }
  const auto j = nlohmann::json::parse(summary_json(plan));
  EXPECT_TRUE(j["phases"][0]["lr"].is_null());
  EXPECT_TRUE(j["phases"][0]["groups"][0]["lr"].is_null());
  EXPECT_TRUE(j["phases"][0]["groups"][0]["optimizer"].is_null());
}

TEST(SummaryTable, IsTheTextOfTheGoldens) {
  test::expect_golden("plan/sample.table", summary_table(sample_plan(), false));
  test::expect_golden("plan/minilm.table", summary_table(minilm_plan(), false));
  test::expect_golden("plan/minilm.coloured.table", summary_table(minilm_plan(), true));
}

TEST(SummaryTable, FitsAHundredColumns) {
  Plan plan = minilm_plan();
  plan.model = std::string(300, 'm');
  plan.parameters[0].shape = {1'000'000'000, 1000};
  for (Phase& phase : plan.schedule.phases) {
    phase.name += std::string(60, 'n');
    for (Group& group : phase.groups) group.name = phase.name + ".no_decay";
    phase.until = of(Condition::Kind::all, {phase.until, phase.until, counting(Condition::Kind::epoch, 123456)});
    phase.lr_scheduler = {"a_scheduler_with_a_rather_long_name", {}};
  }
  EXPECT_LE(widest(summary_table(plan, false)), 100u);
}

TEST(SummaryTable, SaysWhatIsUnusual) {
  Plan plan = sample_plan();
  plan.parameters[5].shape_known = false;
  plan.schedule.max_depth = 1;
  plan.schedule.restore_best = false;
  plan.schedule.implicit = true;
  plan.schedule.compat_fts = true;
  const std::string text = summary_table(plan, false);
  for (const char* const said :
       {"shapes not all known", "stops at phase 1", "best not restored", "implicit schedule", "compat fts",
        "freezes 1 parameter", "unscheduled: 1 parameter; no phase thaws them"}) {
    EXPECT_THAT(text, HasSubstr(said));
  }
  EXPECT_THAT(summary_table(minilm_plan(), false), HasSubstr("every parameter is scheduled"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace fts::plan
