#include "runtime/adapters/adapter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/adapters/connected_session.hpp"
#include "runtime/adapters/registry.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A model with a plan of two phases, and an adapter that is connected to both.
struct Stage {
  test::Mlp model;
  plan::Plan plan = test::plan_for(*model);
  plan::Strategy strategy{"base", "base", nlohmann::json::object()};
  std::vector<Diagnostic> warnings;
  std::unique_ptr<ConnectedSession> session;
  std::unique_ptr<Adapter> adapter;

  explicit Stage(std::unique_ptr<Adapter> own = make_base_adapter()) : adapter(std::move(own)) {
    test::add_phase(plan, "head", 0.1, test::epochs(1));
    test::add_phase(plan, "fc2", 0.1, test::epochs(1)).freeze = {4, 5};
  }
  tl::expected<void, Error> connect() {
    session = std::make_unique<ConnectedSession>(*model, plan, strategy, nullptr,
                                                 [this](Diagnostic d) { warnings.push_back(std::move(d)); });
    return adapter->connect(*session);
  }
};

TEST(BaseAdapter, ThawsPhase0WhenTheScheduleHasMetTheModel) {
  Stage s;
  ASSERT_TRUE(s.connect());
  for (auto& p : s.model->parameters()) p.mutable_grad() = torch::ones_like(p);
  s.session->freeze_all();
  s.adapter->on_after_init_fts();
  EXPECT_FALSE(s.model->fc1->weight.requires_grad());
  EXPECT_FALSE(s.model->fc1->weight.grad().defined());  // a frozen parameter counts in no norm
  EXPECT_TRUE(s.model->head->weight.requires_grad());
}

TEST(BaseAdapter, SaysWhatItThawed) {
  Stage s;
  ASSERT_TRUE(s.connect());
  s.session->freeze_all();
  s.adapter->on_after_init_fts();
  const auto thawed = s.adapter->exec_ft_phase({"fc2.weight", "fc2.bias", "head.bias"}, false);
  EXPECT_THAT(thawed.newly, ElementsAre("fc2.weight", "fc2.bias"));
  EXPECT_THAT(thawed.all, ElementsAre("fc2.weight", "fc2.bias", "head.weight", "head.bias"));
  s.adapter->freeze({"head.weight"});
  EXPECT_FALSE(s.model->head->weight.requires_grad());
}

TEST(BaseAdapter, GivesTheOptimizerTheParametersThemselves) {
  Stage s;
  ASSERT_TRUE(s.connect());
  const auto tensors = s.adapter->optimizer_parameters({1, 5});
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_TRUE(tensors[0].is_same(s.model->fc1->bias));
  EXPECT_TRUE(tensors[1].is_same(s.model->head->bias));
}

TEST(Adapter, KnowsTheModelsNamesOfAScheduleInOthers) {
  Stage s;
  s.strategy.settings["renames"] = {{4, "head.weight"}, {5, "head.bias"}, {99, "x"}, {"bad"}, 7};
  s.plan.parameters[4].name = "unembed.W";
  s.plan.parameters[5].name = "unembed.b";
  ASSERT_TRUE(s.connect());
  const auto bound = s.session->bound(*s.adapter);
  ASSERT_TRUE(bound) << bound.error().text();
  EXPECT_TRUE(bound->parameters[4].is_same(s.model->head->weight));
  EXPECT_THAT(s.session->own_names(bound->parameters), testing::Contains("head.bias"));
  EXPECT_TRUE(check_transforms(*s.adapter, *s.session));
  EXPECT_THAT(s.adapter->fts_optim_transform({"unembed.W", "fc1.bias"}), ElementsAre("head.weight", "fc1.bias"));
  EXPECT_THAT(s.adapter->logical_param_translation({"head.weight"}), ElementsAre("unembed.W"));
  EXPECT_TRUE(s.adapter->optimizer_parameters({4}).at(0).is_same(s.model->head->weight));
}

struct Wrong : Adapter {
  Names fts_optim_transform(const Names& names, bool) override {
    Names out;
    for (const auto& name : names) out.push_back("flat." + name);
    return out;
  }
  Names logical_param_translation(const Names& names) override {
    Names out;
    for (const auto& name : names) out.push_back(name.substr(5));
    return out;
  }
};

TEST(Adapter, IsToldWhereItsNamesDoNotFit) {
  Stage s(std::make_unique<Wrong>());
  ASSERT_TRUE(s.connect());
  const auto fits = check_transforms(*s.adapter, *s.session);
  ASSERT_FALSE(fits);
  EXPECT_THAT(fits.error().text(),
              HasSubstr("error[FTS1104]: the adapter's names do not fit the schedule\n"
                        "  note: 'head.weight' becomes 'flat.head.weight', which is no parameter"));
}

TEST(Adapters, AreRefusedWhenTheRuntimeDoesNotHaveThem) {
  const plan::Strategy strategy{"a", "deepspeed", nlohmann::json::object()};
  EXPECT_EQ(choose_adapter(strategy, {}).error().text(),
            "error[FTS1002]: the runtime has no adapter 'deepspeed'\n  help: it has base, ddp, fsdp, model_parallel\n");
}

TEST(Adapters, AreReplacedByBaseWhereWhatIsUntestedIsAllowed) {
  plan::Strategy strategy{"a", "deepspeed", nlohmann::json::object()};
  const auto asked = choose_adapter(strategy, {.allow_untested = true});
  ASSERT_TRUE(asked);
  ASSERT_EQ(asked->warnings.size(), 1U);
  EXPECT_EQ(asked->warnings[0].severity, Severity::warning);
  strategy.settings["allow_untested"] = true;
  EXPECT_TRUE(choose_adapter(strategy, {}));
}

}  // namespace
}  // namespace fts
