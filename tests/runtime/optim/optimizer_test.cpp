#include "runtime/optim/optimizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace fts::optim {
namespace {

using Tensors = std::vector<torch::Tensor>;

Tensors parameters(torch::Dtype dtype = torch::kFloat32) {
  torch::manual_seed(7);
  Tensors all;
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{17, 5}, {5}, {3, 4, 2}, {}}) {
    all.push_back(torch::randn(shape, torch::TensorOptions().dtype(dtype)).requires_grad_(true));
  }
  return all;
}

Tensors copies(const Tensors& of) {
  Tensors all;
  for (const auto& t : of) all.push_back(t.detach().clone().requires_grad_(true));
  return all;
}

std::unique_ptr<Optimizer> make(const std::string& name, const nlohmann::json& arguments, const Tensors& tensors) {
  auto optimizer = make_optimizer({name, arguments});
  EXPECT_TRUE(optimizer);
  std::vector<std::uint32_t> positions;
  for (std::size_t i = 0; i < tensors.size(); ++i) positions.push_back(static_cast<std::uint32_t>(i));
  const auto added = (*optimizer)->add_group({"all", positions, tensors, arguments});
  EXPECT_TRUE(added) << added.error().text();
  return std::move(*optimizer);
}

void give_gradients(const Tensors& a, const Tensors& b, int step) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (step == 3 && i == 1) continue;  // a parameter without a gradient is left alone
    a[i].mutable_grad() = torch::randn_like(a[i]);
    b[i].mutable_grad() = a[i].grad().clone();
  }
}

void expect_near(const Tensors& ours, const Tensors& theirs, double tolerance) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_LE((ours[i] - theirs[i]).abs().max().item<double>(), tolerance) << "parameter " << i;
  }
}

void compare(Optimizer& ours, torch::optim::Optimizer& theirs, const Tensors& a, const Tensors& b, double tolerance) {
  for (int step = 0; step < 25; ++step) {
    ours.zero_grad();
    theirs.zero_grad();
    give_gradients(a, b, step);
    ours.step();
    theirs.step();
  }
  expect_near(a, b, tolerance);
}

struct AdamWCase {
  std::string name;
  nlohmann::json arguments;
  torch::optim::AdamWOptions options;
  torch::Dtype dtype = torch::kFloat32;
  double tolerance = 1e-6;
};
class AdamWTable : public testing::TestWithParam<AdamWCase> {};

TEST_P(AdamWTable, EqualsLibTorchs) {
  const auto& c = GetParam();
  const auto a = parameters(c.dtype);
  const auto b = copies(a);
  const auto ours = make("adamw", c.arguments, a);
  torch::optim::AdamW theirs(b, c.options);
  compare(*ours, theirs, a, b, c.tolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Options, AdamWTable,
    testing::Values(
        AdamWCase{"ByDefault", nlohmann::json::object(), torch::optim::AdamWOptions(1e-3)},
        AdamWCase{"WithAllArguments",
                  {{"lr", 0.02}, {"betas", {0.8, 0.95}}, {"eps", 1e-6}, {"weight_decay", 0.3}},
                  torch::optim::AdamWOptions(0.02).betas({0.8, 0.95}).eps(1e-6).weight_decay(0.3)},
        AdamWCase{"WithAmsgrad", {{"lr", 0.01}, {"amsgrad", true}}, torch::optim::AdamWOptions(0.01).amsgrad(true)},
        AdamWCase{"InFloat64", {{"lr", 0.01}}, torch::optim::AdamWOptions(0.01), torch::kFloat64, 1e-12}),
    [](const auto& c) { return c.param.name; });

struct SgdCase {
  std::string name;
  nlohmann::json arguments;
  torch::optim::SGDOptions options;
};
class SgdTable : public testing::TestWithParam<SgdCase> {};

TEST_P(SgdTable, EqualsLibTorchs) {
  const auto a = parameters();
  const auto b = copies(a);
  const auto ours = make("sgd", GetParam().arguments, a);
  torch::optim::SGD theirs(b, GetParam().options);
  compare(*ours, theirs, a, b, 2e-6);
}

INSTANTIATE_TEST_SUITE_P(
    Options, SgdTable,
    testing::Values(
        SgdCase{"Plain", {{"lr", 0.1}}, torch::optim::SGDOptions(0.1)},
        SgdCase{"WithMomentum", {{"lr", 0.05}, {"momentum", 0.9}}, torch::optim::SGDOptions(0.05).momentum(0.9)},
        SgdCase{"WithDampeningAndDecay",
                {{"lr", 0.05}, {"momentum", 0.9}, {"dampening", 0.5}, {"weight_decay", 0.01}},
                torch::optim::SGDOptions(0.05).momentum(0.9).dampening(0.5).weight_decay(0.01)},
        SgdCase{"WithNesterov",
                {{"lr", 0.05}, {"momentum", 0.9}, {"nesterov", true}},
                torch::optim::SGDOptions(0.05).momentum(0.9).nesterov(true)}),
    [](const auto& c) { return c.param.name; });

TEST(Optimizer, AMomentumThatBeginsLateBeginsWithItsOwnGradient) {
  const auto a = parameters();
  const auto b = copies(a);
  const auto ours = make("sgd", {{"lr", 0.1}, {"momentum", 0.9}}, a);
  torch::optim::SGD theirs(b, torch::optim::SGDOptions(0.1).momentum(0.9));
  for (int step = 0; step < 6; ++step) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (step < 3 && i % 2 == 1) continue;
      a[i].mutable_grad() = torch::randn_like(a[i]);
      b[i].mutable_grad() = a[i].grad().clone();
    }
    ours->step();
    theirs.step();
  }
  expect_near(a, b, 1e-6);
}

TEST(Optimizer, HoldsNoGradientAfterItsStep) {
  for (const auto* name : {"sgd", "adam", "adamw", "adagrad", "rmsprop"}) {
    auto tensors = parameters();
    auto optimizer = make(name, {{"lr", 0.1}}, tensors);
    const auto gradient = tensors[0].mutable_grad() = torch::randn_like(tensors[0]);
    optimizer->step();
    optimizer->zero_grad();
    EXPECT_EQ(gradient.use_count(), 1U) << name;
  }
}

TEST(Optimizer, GroupsHaveTheirOwnRateAndDecay) {
  const auto a = parameters();
  auto optimizer = make_optimizer({"sgd", {}});
  ASSERT_TRUE((*optimizer)->add_group({"fast", {0}, {a[0]}, {{"lr", 1.0}}}));
  ASSERT_TRUE((*optimizer)->add_group({"still", {1}, {a[1]}, {{"lr", 0.0}}}));
  const auto before = copies(a);
  for (const auto& t : a) t.mutable_grad() = torch::ones_like(t);
  (*optimizer)->step();
  EXPECT_TRUE(torch::allclose(a[0], before[0] - 1));
  EXPECT_TRUE(torch::equal(a[1], before[1]));
}

TEST(Optimizer, StateComesBackByParameter) {
  const auto a = parameters();
  const auto first = make("adamw", {{"lr", 0.01}}, a);
  const auto b = copies(a);
  give_gradients(a, b, 0);
  first->step();
  auto state = first->state();
  EXPECT_EQ(state.size(), 3 * a.size());
  for (auto& entry : state) entry.tensor = entry.tensor.clone();
  const auto weights = copies(a);
  first->step();

  const auto second = make("adamw", {{"lr", 0.01}}, weights);
  ASSERT_TRUE(second->load_state(state));
  for (std::size_t i = 0; i < a.size(); ++i) weights[i].mutable_grad() = a[i].grad();
  second->step();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(torch::equal(a[i], weights[i])) << i;
}

TEST(Optimizer, RefusesStateThatIsNotItsOwn) {
  const auto a = parameters();
  const auto optimizer = make("adamw", {}, a);
  EXPECT_FALSE(optimizer->load_state({{0, "momentum_buffer", torch::zeros({17, 5})}}));
  EXPECT_FALSE(optimizer->load_state({{99, "exp_avg", torch::zeros({17, 5})}}));
  EXPECT_FALSE(optimizer->load_state({{0, "exp_avg", torch::zeros({5, 17})}}));
  EXPECT_TRUE(optimizer->state().empty());
}

TEST(Optimizer, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(make_optimizer({"rprop", {}}).error().text(),
            "error[FTS1002]: the runtime has no optimizer 'rprop'\n  help: it has adagrad, adam, adamw, lbfgs, "
            "rmsprop, sgd\n");
  auto optimizer = make_optimizer({"sgd", {}});
  const auto added =
      (*optimizer)
          ->add_group({"head", {0}, {torch::ones({4, 4}).t().slice(0, 0, 4, 2)}, {{"betas", 1}, {"nesterov", true}}});
  EXPECT_EQ(added.error().text(),
            "error[FTS1002]: the arguments of optimizer 'sgd' for group 'head' cannot be used\n"
            "  note: 'nesterov' needs a momentum and no dampening\n"
            "  note: its parameter 0 is a view with gaps in memory: make it contiguous\n"
            "  note: 'betas' is not an argument that the runtime knows\n");
  EXPECT_TRUE((*optimizer)->groups().empty());
}

}  // namespace
}  // namespace fts::optim
