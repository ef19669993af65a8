// What Python FTS accepts is accepted with the same phases, and what it refuses or fails on is refused: the records of
// its real runs in tests/data/interop: validation.jsonl, and strategies.jsonl (on two processes). The exceptions are
// the tables of docs/FTS_DIFFERENCES.md.
#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/interop/interop_support.hpp"

namespace fts {

using nlohmann::json;

namespace {

// Case to the kind of its difference: the heading of the table that holds it.
std::map<std::string, std::string> differences() {
  std::map<std::string, std::string> all;
  std::istringstream in(test::read_text(std::string(FTS_SOURCE_DIR) + "/docs/FTS_DIFFERENCES.md"));
  std::string heading;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("### ")) heading = line.substr(4);
    if (line.starts_with("| `") && !heading.empty()) all[line.substr(3, line.find('`', 3) - 3)] = heading;
    if (line.starts_with("## ")) heading.clear();
  }
  return all;
}

class Validation : public testing::TestWithParam<json> {};

struct Outcome {
  bool accepted = false;
  bool warned = false;
  std::string messages;
  std::optional<plan::Plan> plan;
};

Outcome outcome(const json& c) {
  Outcome result;
  const auto text = [&](const char* key) { return c[key].is_null() ? std::string() : c[key].get<std::string>(); };
  const auto imported = c["source"] == "missing_file" ? test::import_paths("/no/such/schedule.yaml", {})
                                                      : test::import_texts(text("schedule"), text("config"));
  result.messages = imported.rendered();
  result.warned = imported.diagnostics.warnings() != 0;
  if (!imported.text) return result;
  auto compiled = test::compile_imported(*imported.text, c["model"]);
  result.messages += *imported.text + test::rendered(compiled);
  result.warned = result.warned || compiled.diagnostics.warnings() != 0;
  result.accepted = compiled.plan.has_value();
  result.plan = std::move(compiled.plan);
  return result;
}

TEST_P(Validation, EndsAsInPythonFts) {
  const json& c = GetParam();
  const auto known = differences();
  const auto at = known.find(c["id"]);
  const auto result = outcome(c);
  SCOPED_TRACE(result.messages);
  if (at == known.end()) {
    ASSERT_EQ(result.accepted, c["accepted"].get<bool>()) << c.value("message", "");
  } else {  // a row that is not needed is a row too many
    ASSERT_NE(result.accepted, c["accepted"].get<bool>()) << "the row of " << at->first;
    EXPECT_TRUE(result.warned || !at->second.starts_with("Warned"));
  }
  if (!result.accepted || !c["accepted"].get<bool>() || !c.contains("phases")) return;
  EXPECT_EQ(result.plan->schedule.max_depth, c["max_depth"].get<int>());
  EXPECT_EQ(plan::epoch_watermark(result.plan->schedule), c["watermark"].get<double>());
  auto expected = c["phases"].get<std::vector<std::vector<std::string>>>();
  for (auto& names : expected) std::sort(names.begin(), names.end());
  EXPECT_EQ(test::thawed_names(*result.plan), expected);
}

constexpr auto kId = [](const auto& c) { return c.param["id"].template get<std::string>(); };
INSTANTIATE_TEST_SUITE_P(Cases, Validation, testing::ValuesIn(test::records("validation.jsonl")), kId);
INSTANTIATE_TEST_SUITE_P(Strategies, Validation, testing::ValuesIn(test::records("strategies.jsonl")), kId);

TEST(Differences, NameOnlyCasesThatAreThere) {
  std::set<std::string> ids;
  for (const char* file : {"validation.jsonl", "strategies.jsonl"}) {
    for (const auto& c : test::records(file)) ids.insert(c["id"]);
  }
  EXPECT_GE(ids.size(), 140U);
  for (const auto& [id, heading] : differences()) EXPECT_TRUE(ids.contains(id)) << id;
}

class Implicit : public testing::TestWithParam<json> {};

TEST_P(Implicit, ScheduleIsPythonFtssOwn) {
  graph::ParamGraphBuilder builder;
  builder.set_model("model");
  for (const auto& p : GetParam()["parameters"])
    builder.add_parameter(p[0].get<std::string>(), p[1].get<std::vector<std::int64_t>>(), graph::DType::f32);
  for (const auto& names : GetParam()["shared"]) {
    const auto first = names[0].get<std::string>();
    for (const auto& p : GetParam()["parameters"]) {
      if (p[0] != first) continue;
      for (std::size_t i = 1; i < names.size(); ++i)
        builder.add_parameter(names[i].get<std::string>(), p[1].get<std::vector<std::int64_t>>(), graph::DType::f32,
                              true, first);
    }
  }
  auto graph = builder.finish();
  ASSERT_TRUE(graph) << graph.error().text();
  const auto compiled = test::compile_for("schedule {\n  compat  = fts\n  monitor = val_loss\n}\n", std::move(*graph));
  ASSERT_TRUE(compiled.plan) << test::rendered(compiled);
  auto expected = GetParam()["phases"].get<std::vector<std::vector<std::string>>>();
  for (auto& names : expected) std::sort(names.begin(), names.end());
  EXPECT_EQ(test::thawed_names(*compiled.plan), expected);
}

INSTANTIATE_TEST_SUITE_P(Models, Implicit, testing::ValuesIn(test::records("implicit.jsonl")),
                         [](const auto& c) { return c.param["model"].template get<std::string>(); });

}  // namespace
}  // namespace fts
