// Schedules for real models: right ones import, check clean and come to the counts that Python FTS comes to; of wrong
// ones the cause is named.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/base/code.hpp"
#include "tests/compiler/interop/interop_support.hpp"
#include "tests/support/layouts.hpp"

namespace fts {

using nlohmann::json;

namespace {

using testing::HasSubstr;

std::string test_name(std::string file) {
  for (char& c : file) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return file;
}

test::Imported import(const json& r) {
  const std::string file = test::data_path(r["file"].get<std::string>());
  const bool schedule = r["kind"] == "ft_schedule";
  const std::string folder = file.substr(0, file.rfind('/') + 1);
  return test::import_paths(schedule                 ? file
                            : r.contains("schedule") ? folder + r["schedule"].get<std::string>()
                                                     : "",
                            schedule ? std::vector<std::string>{} : std::vector<std::string>{file});
}

driver::Compilation compile(const json& r) {
  const auto imported = import(r);
  if (!imported.text) {
    driver::Compilation refused;
    refused.diagnostics.all() = imported.diagnostics.all();
    return refused;
  }
  return test::compile_imported(*imported.text, r["graph"]);
}

std::string messages(const driver::Compilation& c) {
  std::string all;
  for (const auto& d : c.diagnostics.all()) all += std::string(info(d.code).id) + " " + d.message + "\n";
  return all;
}

std::vector<json> of_folder(const std::string& folder) {
  std::vector<json> all;
  for (const auto& r : test::records("expected.jsonl")) {
    if (r["file"].get<std::string>().starts_with(folder)) all.push_back(r);
  }
  return all;
}

class Good : public testing::TestWithParam<json> {};

// Warnings that a right schedule may get: it leaves parameters frozen, or takes a risk that depends on metrics.
bool is_asked_for(const Diagnostic& d) {
  return d.code == Code::never_thawed || d.code == Code::optimizer_changes || info(d.code).id.starts_with("FTS07");
}

TEST_P(Good, ImportsChecksCleanAndComesToTheCounts) {
  const auto& r = GetParam();
  const auto result = compile(r);
  ASSERT_TRUE(result.plan) << messages(result);
  for (const auto& d : result.diagnostics.all()) EXPECT_TRUE(is_asked_for(d)) << info(d.code).id << " " << d.message;
  if (!r.contains("phases")) return;
  std::vector<std::size_t> counts;
  for (const auto& names : test::thawed_names(*result.plan)) counts.push_back(names.size());
  EXPECT_EQ(counts, r["phases"].get<std::vector<std::size_t>>());
  EXPECT_EQ(result.plan->schedule.max_depth, r["max_phase"].get<int>());
  EXPECT_EQ(plan::epoch_watermark(result.plan->schedule), r["epoch_watermark"].get<std::int64_t>());
}

TEST_P(Good, IsOnePlanInEveryLayout) {
  const auto& r = GetParam();
  test::expect_one_plan_in_every_layout(import(r).text.value(),
                                        [&](const auto& layout) { return test::compile_imported(layout, r["graph"]); });
}

INSTANTIATE_TEST_SUITE_P(Files, Good, testing::ValuesIn(of_folder("good")),
                         [](const auto& r) { return test_name(r.param["file"].template get<std::string>()); });

// The cause in each wrong file; those of strategies are tested where they are checked.
const std::map<std::string, std::vector<std::string>> kCauses = {
    {"w01_typo_explicit_name.yaml", {"'model.norm.wieght'", "'model.layers.31.mlp.down_porj.weight'"}},
    {"w02_prefix_match_overlap.yaml", {"model.layers.30.", "'model.layers.3.*' takes"}},
    {"w03_missing_lightning_prefix.yaml", {"'classifier.bias'", "'classifier.weight'", "'deberta.encoder.layer.11"}},
    {"w04_noncontiguous_phases.yaml", {"there is a phase 3, but no phase 2"}},
    {"w05_duplicate_phase_key.yaml", {"the key 1 is given twice"}},
    {"w06_lr_not_a_number.yaml", {"the lr of phase 1 is the string '1.0e-05x', and no number"}},
    {"w11_fsdp_plan_missing_dollar.yaml", {"'model.layers.\\d+' takes"}},
    {"w08_fsdp_plan_no_such_module.yaml", {"'model.layer.\\d+$' matches no module"}},
    {"w13_tied_alias_only_phase.yaml",
     {"'lm_head.weight' shares its tensor with 'transformer.wte.weight'", "has nothing to train"}},
    {"w14_buffer_scheduled.yaml", {"'layer4.2.bn3.running_mean'"}},
    {"w16_reinit_in_phase0.yaml", {"FTS refuses a new_optimizer"}},
};

class Wrong : public testing::TestWithParam<json> {};

TEST_P(Wrong, NamesTheCause) {
  const std::string file = GetParam()["file"].get<std::string>().substr(6);
  const auto causes = kCauses.find(file);
  if (causes == kCauses.end()) return;
  const auto result = compile(GetParam());
  for (const auto& cause : causes->second) EXPECT_THAT(messages(result), HasSubstr(cause));
}

INSTANTIATE_TEST_SUITE_P(Files, Wrong, testing::ValuesIn(of_folder("wrong")),
                         [](const auto& r) { return test_name(r.param["file"].template get<std::string>()); });

}  // namespace
}  // namespace fts
