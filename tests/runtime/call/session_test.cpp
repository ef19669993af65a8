// Activation checkpointing as a session carries it out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/base/code.hpp"
#include "runtime/call/call.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models and plans of the tests

struct NetImpl : torch::nn::Module {
  NetImpl() {
    torch::manual_seed(5);
    fc1 = register_module("fc1", torch::nn::Linear(8, 16));
    fc2 = register_module("fc2", torch::nn::Sequential(torch::nn::Linear(16, 16), torch::nn::Dropout(0.3)));
    head = register_module("head", torch::nn::Linear(16, 4));
  }
  torch::Tensor forward(const torch::Tensor& x) { return head(call(fc2, torch::relu(call(fc1, x)))); }
  torch::nn::Linear fc1{nullptr}, head{nullptr};
  torch::nn::Sequential fc2{nullptr};
};
TORCH_MODULE(Net);

plan::Plan checkpointing(const Net& net, const std::vector<std::string>& modules) {
  auto plan = three_phases(*net);
  for (const auto& module : modules) {
    plan::Unit unit{module, {}, {{"act_ckpt", {{"mode", "composable"}, {"arguments", nlohmann::json::object()}}}}};
    plan.strategies.front().units.push_back(std::move(unit));
  }
  return plan;
}

Result train(Net& net, const std::vector<std::string>& modules, const std::string& precision = "f32") {
  auto plan = checkpointing(net, modules);
  plan.strategies.front().settings["precision"] = precision;
  torch::manual_seed(9);
  auto session = Session::open(*net, plan, quiet());
  for (auto& epoch : session->epochs()) {
    net->train();
    for (const auto& batch : epoch.shard(batches()))
      session->step(torch::cross_entropy_loss(net(batch.data), batch.target));
    epoch.finish({{"val_loss", 1.0}});
  }
  return session->result().value();
}

class Precision : public testing::TestWithParam<const char*> {};

TEST_P(Precision, OfACheckpointedRunIsThatOfThePlainOne) {
  Net plain, net;
  const auto expected = train(plain, {}, GetParam());
  const auto result = train(net, {"fc1", "fc2"}, GetParam());
  EXPECT_TRUE(result.warnings.empty());
  EXPECT_EQ(result.steps, expected.steps);
  EXPECT_TRUE(same(weights(*net), weights(*plain)));
}
INSTANTIATE_TEST_SUITE_P(Checkpointing, Precision, testing::Values("f32", "bf16_mixed"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Calls, ModulesThatAreNotCalledThroughTheBoundaryAreToldOnce) {
  Net net;
  const auto result = train(net, {"fc1", "head", "fc2.0", "renamed"});
  ASSERT_EQ(result.warnings.size(), 1U);
  const auto& warning = result.warnings.front();
  EXPECT_EQ(warning.code, Code::unsupported_at_run_time);
  EXPECT_EQ(warning.severity, Severity::warning);
  EXPECT_EQ(warning.message,
            "3 of the modules that the plan has act_ckpt or output_dtype for are not called through fts::call");
  std::vector<std::string> names;
  for (const auto& note : warning.notes) names.push_back(note.message);
  EXPECT_THAT(names, testing::ElementsAre("'fc2.0'", "'head'", "'renamed'"));
}

}  // namespace
}  // namespace fts
