// Export: what goes out comes in again, and what Python FTS has no words for is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/interop/export.hpp"
#include "tests/compiler/interop/interop_support.hpp"
#include "tests/support/golden.hpp"

namespace fts {
namespace {

using testing::HasSubstr;

struct Result {
  driver::Compilation compiled;
  std::optional<interop::Exported> yaml;
};

Result exported(const std::string& text, const std::string& model = "minilm-classifier") {
  Result r{test::compile_imported(text, model), {}};
  if (r.compiled.plan)
    r.yaml = interop::export_yaml(*r.compiled.program, *r.compiled.plan, *r.compiled.graph, "schedule.yaml",
                                  r.compiled.diagnostics);
  return r;
}

constexpr const char* kNative = R"(
schedule {
  monitor      = val_loss { patience = 2, min_delta = 1e-3 }
  optimizer    = sgd { lr = 1e-2, momentum = 0.9 }
  lr_scheduler = step { step_size = 1, gamma = 0.9 }
  max_epochs   = 20

  phase head { thaw = "classifier.**", until = plateau or epoch(2) }
  phase top {
    thaw         = module("pooler")
    lr           = 2e-5
    optimizer    = adamw { weight_decay = 0.01 }
    lr_scheduler = cosine_annealing_warm_restarts { T_0 = 2, eta_min = 1e-7, init_pg_lrs = [1e-4, 2e-5] }
  }
  phase whole { thaw = rest, optimizer = adamw }
}
)";

TEST(Export, WritesASchedulePythonFtsReads) {
  const auto r = exported(kNative);
  ASSERT_TRUE(r.yaml) << test::rendered(r.compiled);
  test::expect_golden("interop/native.yaml",
                      r.yaml->configuration + "---\n" + r.yaml->schedule.substr(0, r.yaml->schedule.find("2:\n")));
}

TEST(Export, ThenImportGivesTheSamePhases) {
  const auto r = exported(kNative);
  ASSERT_TRUE(r.yaml) << test::rendered(r.compiled);
  const auto imported = test::import_texts(r.yaml->schedule, r.yaml->configuration);
  ASSERT_TRUE(imported.text) << imported.rendered();
  const auto again = test::compile_imported(*imported.text, "minilm-classifier");
  ASSERT_TRUE(again.plan) << test::rendered(again) << *imported.text;
  EXPECT_EQ(test::thawed_names(*again.plan), test::thawed_names(*r.compiled.plan));
  for (std::size_t i = 0; i < again.plan->schedule.phases.size(); ++i) {
    const auto& before = r.compiled.plan->schedule.phases[i];
    const auto& after = again.plan->schedule.phases[i];
    EXPECT_EQ(after.optimizer, before.optimizer);
    EXPECT_EQ(plan::max_transition_epoch(after.until), plan::max_transition_epoch(before.until));
    EXPECT_EQ(after.groups[0].arguments["lr"], before.groups[0].arguments["lr"]) << i;
  }
}

// What finetuning-scheduler was seen to expand (tests/peer/fts_round_trip.py) is what is exported today.
class Peer : public testing::TestWithParam<nlohmann::json> {};

TEST_P(Peer, HasExpandedWhatIsExported) {
  const std::string file = GetParam()["file"];
  std::string text;
  if (file.ends_with(".yaml")) {
    const auto imported = test::import_paths(test::data_path(file), {});
    ASSERT_TRUE(imported.text) << imported.rendered();
    text = *imported.text;
  } else {
    text = test::read_text(test::data_path("native/" + file));
  }
  const auto r = exported(text, GetParam()["graph"]);
  ASSERT_TRUE(r.yaml) << test::rendered(r.compiled);
  EXPECT_EQ(r.yaml->schedule, GetParam()["exported"].get<std::string>());
  std::vector<std::size_t> counts;
  for (const auto& names : test::thawed_names(*r.compiled.plan)) counts.push_back(names.size());
  EXPECT_EQ(counts, GetParam()["phases"].get<std::vector<std::size_t>>());
}

INSTANTIATE_TEST_SUITE_P(RoundTrip, Peer, testing::ValuesIn(test::records("round_trip.jsonl")),
                         [](const auto& c) { return std::to_string(c.index); });

// FTS refuses an object of DDPStrategy unless it may be untested.
TEST(Export, WritesDdpByItsName) {
  const std::string schedule =
      "schedule {\n  monitor = val_loss\n  optimizer = sgd { lr = 1.0 }\n  phase a { thaw = rest }\n}\nstrategy s { "
      "adapter = ddp";
  const auto configuration = [&](const std::string& settings) {
    const auto r = exported(schedule + settings + " }\n", "tiny-bert");
    return r.yaml ? r.yaml->configuration : test::rendered(r.compiled);
  };
  EXPECT_THAT(configuration(""), HasSubstr("strategy: ddp\n"));
  EXPECT_THAT(configuration(", find_unused_parameters = true"),
              HasSubstr("strategy: ddp_find_unused_parameters_true\n"));
  EXPECT_THAT(configuration(", static_graph = true"), HasSubstr("allow_untested: true"));
}

struct Refused {
  const char* name;
  const char* phase;
  const char* words;
};
class NotExportable : public testing::TestWithParam<Refused> {};

TEST_P(NotExportable, SaysWhatPythonFtsLacks) {
  const auto r = exported(
      "schedule {\n  monitor = val_loss\n  optimizer = sgd { lr = 1.0 }\n  phase a { thaw = \"classifier.**\" }\n  "
      "phase b { " +
      std::string(GetParam().phase) + " }\n  phase c { thaw = rest }\n}\n");
  EXPECT_FALSE(r.yaml);
  EXPECT_THAT(test::rendered(r.compiled), HasSubstr("FTS1209"));
  EXPECT_THAT(test::rendered(r.compiled), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Table, NotExportable,
    testing::Values(
        Refused{"AMetric", "thaw = module(\"pooler\"), until = metric(\"acc\") >= 0.9", "not by this"},
        Refused{"Steps", "thaw = module(\"pooler\"), until = step(100)", "not by this"},
        Refused{"EpochsOfAPhase", "thaw = module(\"pooler\"), until = epochs(2)", "counts epochs from the start"},
        Refused{"Freeze", "thaw = module(\"pooler\"), freeze = \"classifier.**\"", "freezes nothing again"},
        Refused{"Groups", "thaw = module(\"pooler\"), groups { \"pooler.dense.bias\" => { lr = 1.0 } }",
                "one group of a phase"},
        Refused{"ASetting", "thaw = module(\"pooler\"), momentum = 0.5", "no 'momentum'"},
        Refused{"ALambda", "thaw = module(\"pooler\"), lr_scheduler = lambda { lr_lambda = 0.9 ** epoch }",
                "YAML holds none"},
        Refused{"AScheduler", "thaw = module(\"pooler\"), lr_scheduler = polynomial", "takes no 'polynomial'"}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace fts
