#include "runtime/adapters/adapter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/runtime/support/tiny_models.hpp"

namespace fts {
namespace {

using testing::ElementsAre;

// A model with a plan of two phases, and its tensors in the plan's order.
struct Stage {
  test::Mlp model;
  plan::Plan plan = test::plan_for(*model);
  plan::Strategy strategy{"base", "base", nlohmann::json::object()};
  std::vector<at::Tensor> parameters;
  std::unique_ptr<Adapter> adapter = std::move(*make_adapter("base"));

  Stage() {
    for (const auto& p : bind::parameters_of(*model)) parameters.push_back(p.tensor);
    test::add_phase(plan, "head", 0.1, test::epochs(1));
    test::add_phase(plan, "fc2", 0.1, test::epochs(1)).freeze = {4, 5};
  }
  tl::expected<void, Error> connect() { return adapter->connect({*model, plan, strategy, parameters}); }
};

TEST(BaseAdapter, ThawsThePhaseAndFreezesEverythingElseAtFirst) {
  Stage s;
  ASSERT_TRUE(s.connect());
  for (auto& p : s.parameters) p.mutable_grad() = torch::ones_like(p);
  const auto thawed = s.adapter->exec_ft_phase(s.plan.schedule.phases[0], true);
  EXPECT_THAT(thawed.newly, ElementsAre(4, 5));
  EXPECT_THAT(thawed.all, ElementsAre(4, 5));
  EXPECT_FALSE(s.model->fc1->weight.requires_grad());
  EXPECT_FALSE(s.model->fc1->weight.grad().defined());  // a frozen parameter counts in no norm
  EXPECT_TRUE(s.model->head->weight.requires_grad());
}

TEST(BaseAdapter, ThawsAndFreezesAtAMove) {
  Stage s;
  ASSERT_TRUE(s.connect());
  s.adapter->exec_ft_phase(s.plan.schedule.phases[0], true);
  const auto thawed = s.adapter->exec_ft_phase(s.plan.schedule.phases[1], false);
  EXPECT_THAT(thawed.newly, ElementsAre(2, 3));
  EXPECT_THAT(thawed.all, ElementsAre(2, 3));
  EXPECT_FALSE(s.model->head->weight.requires_grad());
}

TEST(BaseAdapter, GivesTheOptimizerTheParametersThemselves) {
  Stage s;
  ASSERT_TRUE(s.connect());
  const auto tensors = s.adapter->fts_optim_transform({1, 5}, true);
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_TRUE(tensors[0].is_same(s.model->fc1->bias));
  EXPECT_TRUE(tensors[1].is_same(s.model->head->bias));
}

TEST(Adapters, AreRefusedWhenTheRuntimeDoesNotHaveThem) {
  EXPECT_EQ(make_adapter("fsdp").error().text(),
            "error[FTS1002]: the runtime has no adapter 'fsdp'\n  help: it has base\n");
}

}  // namespace
}  // namespace fts
