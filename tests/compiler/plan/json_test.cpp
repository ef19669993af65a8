#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/graph.hpp"
#include "tests/compiler/plan/plan_support.hpp"
#include "tests/support/golden.hpp"

namespace fts::plan {
namespace {

using testing::HasSubstr;

std::string messages(const tl::expected<Plan, Error>& plan) {
  if (plan) return "read";
  std::string text;
  for (const auto& d : plan.error().diagnostics) text += (text.empty() ? "" : "\n") + d.message;
  return text;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(PlanJson, IsTheTextOfTheGolden) { test::expect_golden("plan/sample.ftsplan", to_json(sample_plan())); }

TEST(PlanJson, ReadsWhatItWrote) {
  const Plan plan = sample_plan();
  const std::string text = to_json(plan);
  const auto again = from_json(text);
  ASSERT_TRUE(again) << messages(again);
  EXPECT_TRUE(*again == plan);
  EXPECT_EQ(to_json(*again), text);
}

TEST(PlanJson, KeepsNumbersStringsAndWhatIsNotThere) {
  Plan plan = sample_plan();
  plan.model = "näme \"quoted\" \\ \t\n";
  plan.parameters[5].shape_known = false;
  plan.parameters[5].dtype = graph::DType::other;
  plan.schedule.monitor.reset();
  plan.schedule.phases[0].until.operands[0].monitor.stopping_threshold = 0.1 + 0.2;
  plan.schedule.phases[0].until.operands[0].monitor.maximize = true;
  plan.schedule.phases[0].lr_scheduler.reset();
  plan.schedule.max_steps = std::int64_t{1} << 60;
  plan.strategies[0].settings = {{"null", nullptr},
                                 {"list", {1, 1.0, -2, 18446744073709551615U, "x", true, nlohmann::json::object()}},
                                 {"tiny", 5e-324}};
  const auto again = from_json(to_json(plan));
  ASSERT_TRUE(again) << messages(again);
  EXPECT_TRUE(*again == plan);
  EXPECT_EQ(to_json(*again), to_json(plan));
}

TEST(PlanJson, RefusesAnotherVersionWithAdvice) {
  const auto plan = from_json(replaced(to_json(sample_plan()), "\"version\":1", "\"version\":2,\"new_key\":{}"));
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().diagnostics.at(0).code, Code::plan_stale);
  EXPECT_EQ(messages(plan), "the plan has version 2; this program reads version 1");
  EXPECT_THAT(plan.error().diagnostics.at(0).help, HasSubstr("ftsc compile"));
}

TEST(PlanJson, ReportsEveryViolationOfThePlansRules) {
  Plan plan = sample_plan();
  plan.graph_fingerprint = "x";
  plan.strategies.clear();
  const auto again = from_json(to_json(plan));
  EXPECT_EQ(messages(again),
            "the plan is not valid: graph_fingerprint: not a hash of 32 lower-case hex digits\n"
            "the plan is not valid: strategies: there must be at least one");
  EXPECT_EQ(again.error().diagnostics.at(1).code, Code::plan_invalid);
}

struct Wrong {
  std::string_view what;
  std::string_view text;  // of the sample's JSON
  std::string_view with;
  std::string_view says;
};

class WrongPlan : public testing::TestWithParam<Wrong> {};

TEST_P(WrongPlan, IsRefusedWithItsPath) {
  const auto plan = from_json(replaced(to_json(sample_plan()), GetParam().text, GetParam().with));
  EXPECT_EQ(messages(plan), "the plan is not valid: " + std::string(GetParam().says));
}

constexpr Wrong kWrong[] = {
    {"OtherFormat", "fts-plan", "fts-plum", "the key 'format' must be \"fts-plan\""},
    {"VersionNoNumber", "\"version\":1", "\"version\":\"1\"", "version: expected a whole number"},
    {"UnknownKey", "\"model\":", "\"modle\":", "the key 'modle' is not known; did you mean 'model'?"},
    {"MissingKey", "\"model\":\"tiny\",", "", "the key 'model' is missing"},
    {"KeyTwice", "\"model\":\"tiny\",", "\"model\":\"tiny\",\"model\":\"x\",", "model: the key is there twice"},
    {"NoString", "\"model\":\"tiny\"", "\"model\":7", "model: expected a string"},
    {"UnknownKeyOfAParameter", "\"dtype\":\"f32\"", "\"dtyp\":\"f32\"",
     "parameters[0]: the key 'dtyp' is not known; did you mean 'dtype'?"},
    {"SizeNoNumber", "\"shape\":[10,4]", "\"shape\":[10,\"4\"]",
     "parameters[0].shape[1]: expected a whole number from -9223372036854775808 to 9223372036854775807"},
    {"OtherSpellingOfADtype", "\"dtype\":\"f32\"", "\"dtype\":\"F32\"",
     "parameters[0].dtype: 'F32' is no dtype of a plan"},
    {"NegativePosition", "\"thaw\":[1,2]", "\"thaw\":[1,-2]",
     "schedule.phases[1].thaw[1]: expected a whole number from 0 to 4294967295"},
    {"FractionalPosition", "\"thaw\":[1,2]", "\"thaw\":[1,2.0]",
     "schedule.phases[1].thaw[1]: expected a whole number from 0 to 4294967295"},
    {"DepthTooLarge", "\"depth\":1", "\"depth\":2147483648",
     "schedule.phases[1].depth: expected a whole number from -2147483648 to 2147483647"},
    {"NoBoolean", "\"restore_best\":true", "\"restore_best\":1", "schedule.restore_best: expected true or false"},
    {"OtherMode", "\"mode\":\"min\"", "\"mode\":\"low\"", "schedule.monitor.mode: expected one of: min, max"},
    {"OtherKind", "\"kind\":\"any\"", "\"kind\":\"some\"",
     "schedule.phases[0].until.kind: expected one of: any, all, plateau, epoch, epochs, step, metric"},
    {"KeyOfAnotherKind", "\"kind\":\"epoch\",\"count\":2", "\"kind\":\"epoch\",\"count\":2,\"monitor\":null",
     "schedule.phases[0].until.operands[1]: the key 'monitor' is not known"},
    {"ConditionNoObject", "\"until\":{\"kind\":\"plateau\"", "\"until\":[{}],\"x\":{\"kind\":\"plateau\"",
     "schedule.phases[2].until: expected an object with the key 'kind'"},
    {"ArgumentsNoObject", "\"arguments\":{\"total_iters\":4}", "\"arguments\":[4]",
     "schedule.phases[0].lr_scheduler.arguments: expected an object"},
    {"ArgumentTwice", "{\"total_iters\":4}", "{\"total_iters\":4,\"total_iters\":5}",
     "schedule.phases[0].lr_scheduler.arguments.total_iters: the key is there twice"},
    {"OptimizerNoObject", "\"optimizer\":null", "\"optimizer\":\"adamw\"",
     "schedule.phases[1].optimizer: expected an object"},
    {"NumberTooLarge", "\"threshold\":0.9", "\"threshold\":1e999", "it is not JSON: Problem while parsing a number"},
    {"TextBehind", "\"strategies\"", "}{\"strategies\"",
     "it is not JSON: The JSON document has an improper structure: missing or superfluous commas, braces, missing "
     "keys, etc."},
};

INSTANTIATE_TEST_SUITE_P(PlanJson, WrongPlan, testing::ValuesIn(kWrong),
                         [](const auto& test) { return std::string(test.param.what); });

TEST(PlanJson, RefusesEveryTruncation) {
  const std::string text = to_json(sample_plan());
  for (std::size_t size = 0; size + 2 < text.size(); ++size)
    EXPECT_FALSE(from_json(std::string_view(text).substr(0, size))) << size;
}

TEST(PlanJson, AnswersEveryFlippedBit) {
  const std::string text = to_json(sample_plan());
  for (std::size_t bit = 0; bit < text.size() * 8; bit += 3) {
    std::string broken = text;
    broken[bit / 8] = static_cast<char>(static_cast<unsigned char>(broken[bit / 8]) ^ (1U << (bit % 8)));
    const auto plan = from_json(broken);
    EXPECT_TRUE(!plan || verify(*plan).empty());
  }
}

TEST(PlanJson, RefusesDeepNesting) {
  std::string nest, until;
  for (int i = 0; i < 100; ++i) nest += "{\"a\":";
  const auto deep = replaced(to_json(sample_plan()), "{\"total_iters\":4}", nest + "1" + std::string(100, '}'));
  EXPECT_THAT(messages(from_json(deep)), HasSubstr("nested deeper than 64 levels"));
  for (int i = 0; i < 40; ++i) until += R"({"kind":"any","operands":[)";
  for (int i = 0; i < 40; ++i) until += "]}";
  EXPECT_THAT(messages(from_json(replaced(to_json(sample_plan()), R"("until":{"kind":"any")",
                                          "\"until\":" + until + R"(,"x":{"kind":"any")"))),
              HasSubstr("nested deeper than 32 levels"));
}

}  // namespace
}  // namespace fts::plan
