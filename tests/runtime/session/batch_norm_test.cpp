#include "runtime/session/batch_norm.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/runtime/support/training_loop.hpp"

namespace fts::session {
namespace {

void freeze(torch::nn::BatchNorm1d& norm, bool frozen) {
  for (auto& p : norm->parameters()) p.set_requires_grad(!frozen);
}

TEST(FrozenBatchNorms, KeepTheirStatisticsAndStillUseThemInEvaluation) {
  torch::manual_seed(2);
  torch::nn::BatchNorm1d norm(3);
  torch::nn::Sequential model(norm);
  norm->forward(torch::randn({20, 3}) + 5);
  const auto mean = norm->running_mean.clone();
  freeze(norm, true);
  FrozenBatchNorms held;
  held.update(*model);
  const auto batch = torch::randn({20, 3}) * 4;
  const auto trained = norm->forward(batch);
  EXPECT_LT(trained.mean().abs().item<double>(), 1e-5);  // normalised with the batch's own statistics
  held.pin();
  EXPECT_TRUE(torch::equal(norm->running_mean, mean));
  EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), 1);
  norm->eval();
  EXPECT_GT((norm->forward(batch) - trained).abs().max().item<double>(), 0.1);  // here with the running ones
  norm->train();

  freeze(norm, false);
  held.update(*model);
  norm->forward(batch);
  held.pin();
  EXPECT_FALSE(torch::equal(norm->running_mean, mean));
  EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), 2);
}

TEST(FrozenBatchNorms, MayGoOnByAnotherRuleThanWhatTrains) {
  torch::nn::BatchNorm1d norm(3);
  torch::nn::Sequential model(norm);
  freeze(norm, true);
  FrozenBatchNorms held;
  held.update(*model, [](const at::Tensor&) { return true; });
  norm->forward(torch::randn({20, 3}));
  held.pin();
  EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), 1);
}

TEST(FrozenBatchNorms, WithoutParametersAreHeldAndInstanceNormsAreNot) {
  torch::nn::BatchNorm1d plain(torch::nn::BatchNormOptions(3).affine(false));
  torch::nn::InstanceNorm1d instance(torch::nn::InstanceNormOptions(3).affine(true).track_running_stats(true));
  torch::nn::Sequential model(plain, instance);
  for (auto& p : model->parameters()) p.set_requires_grad(false);
  FrozenBatchNorms held;
  held.update(*model);
  plain->forward(torch::randn({20, 3}));
  instance->forward(torch::randn({20, 3, 4}));
  held.pin();
  EXPECT_TRUE(torch::equal(plain->running_mean, torch::zeros({3})));
  EXPECT_FALSE(torch::equal(instance->running_mean, torch::zeros({3})));
}

plan::Plan tied_plan(const torch::nn::Module& model, bool track) {
  auto plan = test::plan_for(model);
  test::add_phase(plan, "mid", 0.1, test::epochs(1)).optimizer = plan::Spec{"sgd", {{"lr", 0.1}}};
  test::add_phase(plan, "norm", 0.1, test::epochs(1));
  plan.schedule.settings["frozen_bn_track_running_stats"] = track;
  return plan;
}

std::vector<std::int64_t> counts(bool track) {
  test::Tied model;
  auto session = Session::open(*model, tied_plan(*model, track), test::quiet());
  EXPECT_TRUE(session) << session.error().text();
  std::vector<std::int64_t> seen;
  for (auto& epoch : session->epochs()) {
    for (int i = 0; i < 3; ++i) session->step(model(torch::arange(8)).square().mean());
    epoch.finish();
    seen.push_back(model->norm->num_batches_tracked.item<std::int64_t>());
  }
  EXPECT_TRUE(session->result());
  return seen;
}

TEST(FrozenBatchNorms, FollowTheSchedule) {
  EXPECT_EQ(counts(true), (std::vector<std::int64_t>{3, 6}));
  EXPECT_EQ(counts(false), (std::vector<std::int64_t>{0, 3}));
}

}  // namespace
}  // namespace fts::session
