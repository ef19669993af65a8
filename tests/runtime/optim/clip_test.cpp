#include "runtime/optim/clip.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace fts::optim {
namespace {

std::unique_ptr<Optimizer> two_groups(const std::vector<torch::Tensor>& tensors) {
  auto optimizer = make_optimizer({"sgd", {}});
  EXPECT_TRUE((*optimizer)->add_group({"a", {0, 1}, {tensors[0], tensors[1]}, nlohmann::json::object()}));
  EXPECT_TRUE((*optimizer)->add_group({"b", {2}, {tensors[2]}, nlohmann::json::object()}));
  return std::move(*optimizer);
}

std::vector<torch::Tensor> tensors(double scale) {
  torch::manual_seed(3);
  std::vector<torch::Tensor> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(torch::randn({4, 3}).requires_grad_(true));
    if (i != 1) all.back().mutable_grad() = torch::randn({4, 3}) * scale;  // the second one is frozen
  }
  return all;
}

TEST(Clip, NormIsTakenOverAllGroups) {
  for (const double scale : {0.01, 10.0}) {
    const auto ours = tensors(scale);
    const auto theirs = tensors(scale);
    const auto optimizer = two_groups(ours);
    clip_norm(*optimizer, 0.5, gradient_norm(*optimizer));
    torch::nn::utils::clip_grad_norm_({theirs[0], theirs[2]}, 0.5);
    EXPECT_TRUE(torch::allclose(ours[0].grad(), theirs[0].grad()));
    EXPECT_TRUE(torch::allclose(ours[2].grad(), theirs[2].grad()));
    EXPECT_FALSE(ours[1].grad().defined());
  }
}

TEST(Clip, ValueIsTakenElementByElement) {
  const auto ours = tensors(10);
  clip_value(*two_groups(ours), 0.25);
  EXPECT_LE(ours[0].grad().abs().max().item<float>(), 0.25F);
  EXPECT_GT(ours[0].grad().abs().max().item<float>(), 0.24F);
}

}  // namespace
}  // namespace fts::optim
