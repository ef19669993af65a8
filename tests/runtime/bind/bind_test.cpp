#include "runtime/bind/bind.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/bind/mismatch.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts {
namespace {

using test::Mlp;
using test::Tied;

TEST(Bind, GivesTheModulesOwnTensorsInThePlansOrder) {
  Mlp model;
  const auto bound = bind::bind(*model, test::plan_for(*model));
  ASSERT_TRUE(bound) << bound.error().text();
  ASSERT_EQ(bound->parameters.size(), 6U);
  EXPECT_TRUE(bound->parameters[0].is_same(model->fc1->weight));
  EXPECT_TRUE(bound->parameters[5].is_same(model->head->bias));
}

TEST(Bind, GivesATiedTensorUnderEachOfItsNames) {
  Tied model;
  const auto plan = test::plan_for(*model);
  const auto bound = bind::bind(*model, plan);
  ASSERT_TRUE(bound) << bound.error().text();
  const auto out = test::under(plan, "out_weight").at(0);
  const auto emb = test::under(plan, "emb.weight").at(0);
  EXPECT_TRUE(bound->parameters[out].is_same(bound->parameters[emb]));
}

TEST(Bind, ReportsAllDifferencesAtOnce) {
  Mlp model;
  auto plan = test::plan_for(*model);
  plan.parameters[0].shape = {16, 9};
  plan.parameters[1].dtype = graph::DType::bf16;
  plan.parameters[2].name = "fc2.weigth";
  plan.parameters[4].name = "encoder.layer.0.weight";
  plan.parameters[5].tied_to = 3;
  EXPECT_EQ(bind::bind(*model, plan).error().text(),
            "error[FTS1001]: the program's model differs from the plan's in 7 places\n"
            "  note: missing in the program: 'fc2.weigth', did you mean 'fc2.weight'?\n"
            "  note: missing in the program: 'encoder.layer.0.weight'\n"
            "  note: unknown to the plan: 'fc2.weight'\n"
            "  note: unknown to the plan: 'head.weight'\n"
            "  note: 'fc1.weight' is 16x8 in the program and 16x9 in the plan\n"
            "  note: 'fc1.bias' is f32 in the program and bf16 in the plan\n"
            "  note: 'head.bias' is not tied in the program and tied to 'fc2.bias' in the plan\n"
            "  help: check and run with one model: write its graph with fts::write_graph\n");
}

TEST(Bind, SeesThatOnlyAPrefixIsMissing) {
  Mlp model;
  auto plan = test::plan_for(*model);
  for (auto& p : plan.parameters) p.name = "model." + p.name;
  const auto text = bind::bind(*model, plan).error().text();
  EXPECT_NE(text.find("every name of the plan begins with 'model.', which the program's do not"), std::string::npos)
      << text;
}

TEST(Bind, CountsWhatItDoesNotList) {
  Mlp model;
  auto plan = test::plan_for(*model);
  for (int i = 0; i < 40; ++i) plan.parameters.push_back({"x" + std::to_string(1000 * i), {}, graph::DType::f32, {}});
  const auto text = bind::bind(*model, plan).error().text();
  EXPECT_NE(text.find("in 40 places"), std::string::npos) << text;
  EXPECT_NE(text.find("… and 28 more are missing"), std::string::npos) << text;
}

TEST(Bind, PassesOverWhatThePlanDoesNotKnow) {
  Mlp model;
  auto plan = test::plan_for(*model);
  plan.parameters[0].shape.clear();
  plan.parameters[0].dtype = graph::DType::other;
  plan.parameters[0].shape_known = false;
  EXPECT_TRUE(bind::bind(*model, plan));
}

TEST(CommonPrefix, NeedsAWholePieceAndNoCommonName) {
  EXPECT_EQ(bind::common_prefix({"bert.a", "bert.b"}, {"a", "b"}).text, "bert.");
  EXPECT_TRUE(bind::common_prefix({"a", "b"}, {"bert.a", "bert.b"}).remove);
  EXPECT_EQ(bind::common_prefix({"berta"}, {"a"}).text, "");
  EXPECT_EQ(bind::common_prefix({"bert.a", "b"}, {"a", "b"}).text, "");
}

}  // namespace
}  // namespace fts
