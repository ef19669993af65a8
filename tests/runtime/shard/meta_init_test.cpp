// A module made under MetaInit has everything but its values.
#include "runtime/shard/meta_init.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace fts {
namespace {

// With what constructors do: own initialisers, a tied weight, another dtype, tables.
struct NetImpl : torch::nn::Module {
  explicit NetImpl(std::int64_t width) {
    embed = register_module("embed", torch::nn::Embedding(width, width));
    layer = register_module("layer",
                            torch::nn::TransformerEncoderLayer(torch::nn::TransformerEncoderLayerOptions(width, 2)));
    head = register_parameter("head", embed->weight);
    own = register_parameter("own", torch::randn({width, width}) * 0.02);
    torch::nn::init::orthogonal_(own);
    const auto frequencies = torch::pow(10000.0, -torch::arange(0, 8, 2) / 8.0);
    table = register_buffer("table", torch::outer(torch::arange(1024), frequencies).cos());
    list = torch::tensor({1.5, 2.5});
    const MetaInit::Pause real;
    mask = register_buffer("mask", torch::ones({width, width}).tril());
  }
  torch::nn::Embedding embed{nullptr};
  torch::nn::TransformerEncoderLayer layer{nullptr};
  torch::Tensor head, own, table, list, mask;
};
TORCH_MODULE(Net);

TEST(MetaInit, GivesEveryTensorItsFormAndLargeOnesNoMemory) {
  const Net plain(128);
  const auto net = [] {
    const MetaInit no_memory;
    return Net(128);
  }();
  const auto expected = plain->named_parameters();
  const auto found = net->named_parameters();
  ASSERT_EQ(found.keys(), expected.keys());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& tensor = found[i].value();
    const auto& other = expected[i].value();
    EXPECT_EQ(tensor.sizes(), other.sizes());
    EXPECT_EQ(tensor.strides(), other.strides());
    EXPECT_EQ(tensor.options().dtype(), other.options().dtype());
    EXPECT_TRUE(tensor.is_cpu() && tensor.is_leaf() && tensor.requires_grad());
    EXPECT_EQ(tensor.storage().nbytes() == 0, tensor.nbytes() > 16384) << found[i].key();
  }
  EXPECT_TRUE(net->head.is_same(net->embed->weight));
  EXPECT_TRUE(torch::equal(net->table, plain->table));
  EXPECT_TRUE(torch::equal(net->mask, plain->mask));
  EXPECT_TRUE(torch::equal(net->list, plain->list));
}

TEST(MetaInit, MakesAModelThatNoMachineHolds) {
  const MetaInit no_memory;
  torch::nn::Linear large(torch::nn::LinearOptions(1 << 22, 1 << 22));
  large->to(torch::kDouble);
  EXPECT_EQ(large->weight.numel(), std::int64_t{1} << 44);
  EXPECT_EQ(large->weight.scalar_type(), torch::kDouble);
  EXPECT_THROW(static_cast<void>(large->weight.sum().item<double>()), std::exception);
}

TEST(MetaInit, EndsWithItsScope) {
  { const MetaInit no_memory; }
  EXPECT_GT(torch::empty({100, 100}).storage().nbytes(), 0U);
  const MetaInit::Pause nothing_to_pause;
}

}  // namespace
}  // namespace fts
