// The program's own optimizer and scheduler, where the schedule names none, and observers; and mixed precision.
#include <ATen/autocast_mode.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/session/run.hpp"
#include "runtime/session/session.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts::session {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests
using testing::ElementsAre;
using testing::HasSubstr;

// The three-phase plan without an optimizer of its own.
plan::Plan without_optimizer(const torch::nn::Module& module) {
  auto plan = three_phases(module);
  plan.schedule.phases[0].optimizer.reset();
  plan.schedule.phases[0].lr_scheduler.reset();
  for (auto& phase : plan.schedule.phases) {
    for (auto& group : phase.groups) group.arguments.erase("weight_decay");
  }
  plan.schedule.phases[0].groups[0].arguments.erase("lr");
  return plan;
}

// SGD over the weights, and over the biases without weight decay.
std::shared_ptr<torch::optim::Optimizer> weights_and_biases(Mlp& model) {
  std::vector<at::Tensor> weights;
  std::vector<at::Tensor> biases;
  for (const auto& p : model->named_parameters()) (p.key().ends_with("bias") ? biases : weights).push_back(p.value());
  auto optimizer = std::make_shared<torch::optim::SGD>(std::vector<torch::optim::OptimizerParamGroup>{weights, biases},
                                                       torch::optim::SGDOptions(0.03).momentum(0.9).weight_decay(0.1));
  // Given to the constructor, an option that is the class's default would be overwritten by the optimizer's.
  static_cast<torch::optim::SGDOptions&>(optimizer->param_groups()[1].options()).weight_decay(0);
  return optimizer;
}

std::vector<std::string> groups_of(const Run& run) {
  std::vector<std::string> all;
  for (const auto& g : run.training().optimizer().groups()) {
    all.push_back(fmt::format("{} lr {} decay {}", g.name, g.rate.lr, g.weight_decay));
  }
  return all;
}

TEST(OwnOptimizer, KeepsTheArgumentsOfItsGroupsInEveryPhase) {
  auto model = seeded_mlp();
  Options options = quiet();
  options.optimizer = weights_and_biases(model);
  auto run = Run::open(*model, without_optimizer(*model), options);
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_THAT(groups_of(**run), ElementsAre("head.0 lr 0.03 decay 0.1", "head.1 lr 0.03 decay 0"));
  for (int epoch = 0; epoch < 4; ++epoch) {
    ASSERT_NE((*run)->next_epoch(), nullptr);
    (*run)->finish(Metrics{{"val_loss", 1.0 - 0.1 * epoch}});
  }
  EXPECT_THAT(groups_of(**run), ElementsAre("head.0 lr 0.03 decay 0.1", "head.1 lr 0.03 decay 0",
                                            "fc2.0 lr 0.01 decay 0.1", "fc2.1 lr 0.01 decay 0"));
}

TEST(OwnOptimizer, OfOneGroupIsRefusedForSeveralPhasesBeforeTheFirstStep) {
  auto model = seeded_mlp();
  Options options = quiet();
  options.optimizer = std::make_shared<torch::optim::LBFGS>(model->head->parameters());
  const auto run = Run::open(*model, without_optimizer(*model), options);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().text(), HasSubstr("lbfgs"));
}

TEST(OwnOptimizer, IsLeftAsItIsWithoutEnforcedPhase0) {
  auto model = seeded_mlp();
  auto plan = without_optimizer(*model);
  plan.schedule.settings["enforce_phase0_params"] = false;
  Options options = quiet();
  options.optimizer = weights_and_biases(model);
  auto run = Run::open(*model, plan, options);
  ASSERT_TRUE(run) << run.error().text();
  ASSERT_EQ((*run)->training().optimizer().groups().size(), 2U);
  EXPECT_EQ((*run)->training().optimizer().groups()[0].positions.size(), 3U);
}

TEST(OwnOptimizer, MayComeWithAScheduler) {
  auto model = seeded_mlp();
  Options options = quiet();
  options.optimizer = weights_and_biases(model);
  options.lr_scheduler = std::make_shared<const plan::Spec>(plan::Spec{"step", {{"step_size", 1}, {"gamma", 0.5}}});
  auto run = Run::open(*model, without_optimizer(*model), options);
  ASSERT_TRUE(run) << run.error().text();
  ASSERT_NE((*run)->next_epoch(), nullptr);
  (*run)->finish(Metrics{{"val_loss", 1.0}});
  EXPECT_THAT(groups_of(**run), ElementsAre("head.0 lr 0.015 decay 0.1", "head.1 lr 0.015 decay 0"));
}

TEST(OwnOptimizer, MustBeOfThisModel) {
  auto model = seeded_mlp();
  auto other = seeded_mlp();
  Options options = quiet();
  options.optimizer = weights_and_biases(other);
  EXPECT_THAT(Run::open(*model, without_optimizer(*model), options).error().text(),
              HasSubstr("has a parameter that the model does not have"));
}

TEST(MixedPrecision, RunsForwardPassesInBf16AndKeepsWeightsInF32) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.strategies[0].settings["precision"] = "bf16_mixed";
  auto run = Run::open(*model, plan, quiet());
  ASSERT_TRUE(run) << run.error().text();
  const auto data = batches();
  while ((*run)->next_epoch() != nullptr) {
    for (const auto& batch : data) {
      const auto out = model->forward(batch.data);
      EXPECT_EQ(out.scalar_type(), at::kBFloat16);
      (*run)->step(torch::cross_entropy_loss(out.to(at::kFloat), batch.target));
      EXPECT_FALSE(model->head->weight.grad().defined());
    }
    (*run)->finish(Metrics{{"val_loss", 1.0}});
    EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  }
  ASSERT_TRUE((*run)->result());
  EXPECT_EQ(model->head->weight.scalar_type(), at::kFloat);
}

TEST(MixedPrecision, EndsWithARunThatIsLeftInTheMiddleOfAnEpoch) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.strategies[0].settings["precision"] = "bf16_mixed";
  {
    auto run = Run::open(*model, plan, quiet());
    ASSERT_NE((*run)->next_epoch(), nullptr);
    EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
  }
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST(MixedPrecision, RefusesWhatIsNotCarriedOut) {
  auto model = seeded_mlp();
  auto plan = three_phases(*model);
  plan.strategies[0].settings["precision"] = "f16";
  EXPECT_THAT(Run::open(*model, plan, quiet()).error().text(), HasSubstr("cannot train with precision f16"));
}

// A full disk under a log.
struct FailsInItsFirstStep : Observer {
  int steps = 0;
  void on_step(const StepEvent&) override {
    ++steps;
    throw std::runtime_error("no space left");
  }
};

TEST(OwnObservers, ThatFailHearNothingMoreAndTheRunGoesOn) {
  auto model = seeded_mlp();
  auto recorder = std::make_shared<Recorder>();
  auto failing = std::make_shared<FailsInItsFirstStep>();
  auto session = Session::open(*model, three_phases(*model), quiet({.observers = {failing, recorder}}));
  ASSERT_TRUE(session) << session.error().text();
  train(*session, model, {1.0});
  const auto result = session->result();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(failing->steps, 1);
  ASSERT_EQ(result->warnings.size(), 1U);
  EXPECT_EQ(result->warnings.front().code, Code::observer_failed);
  EXPECT_THAT(result->warnings.front().message, HasSubstr("no space left"));
  EXPECT_THAT(recorder->lines.back(), testing::StartsWith("end: "));
}

}  // namespace
}  // namespace fts::session
