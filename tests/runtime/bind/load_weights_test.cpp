#include "runtime/bind/load_weights.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

#include "runtime/bind/safetensors.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts {
namespace {

using test::Mlp;

std::string write(const std::string& name, const std::vector<bind::TensorToWrite>& tensors) {
  auto path = test::fresh_folder("weights") + "/" + name;
  std::ofstream out(path, std::ios::binary);
  EXPECT_TRUE(bind::write_safetensors(tensors, {}, [&](const void* data, std::size_t size) {
    out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return out.good();
  }));
  return path;
}

std::vector<bind::TensorToWrite> weights_of(const torch::nn::Module& module, const std::string& prefix = "") {
  std::vector<bind::TensorToWrite> all;
  for (const auto& p : bind::parameters_of(module)) all.push_back({prefix + p.name, p.tensor.detach()});
  return all;
}

std::string without_folder(std::string text, const std::string& path) {
  const auto at = text.find(path);
  if (at != std::string::npos) text.replace(at, path.size(), "FILE");
  return text;
}

TEST(LoadWeights, FillsParametersByName) {
  Mlp from, to;
  const auto path = write("a.safetensors", weights_of(*from));
  const auto done = load_weights(*to, path);
  ASSERT_TRUE(done) << done.error().text();
  EXPECT_TRUE(torch::equal(from->fc2->weight, to->fc2->weight));
  EXPECT_TRUE(to->fc2->weight.requires_grad());
}

TEST(LoadWeights, ReportsAllAtOnceAndChangesNothing) {
  Mlp from, to;
  auto weights = weights_of(*from);
  weights[0].tensor = torch::zeros({2, 2});
  weights[1].name = "fc1.biass";
  const auto before = to->fc2->weight.clone();
  const auto path = write("b.safetensors", weights);
  EXPECT_EQ(without_folder(load_weights(*to, path).error().text(), path),
            "error[FTS1008]: 'FILE' does not fit the model in 3 places\n"
            "  note: missing in the file: 'fc1.bias', did you mean 'fc1.biass'?\n"
            "  note: unknown to the program: 'fc1.biass'\n"
            "  note: 'fc1.weight' is 16x8 in the program and 2x2 in the file\n"
            "  help: what may be absent or left over is named in LoadOptions::allow_missing and allow_unexpected\n");
  EXPECT_TRUE(torch::equal(before, to->fc2->weight));
}

TEST(LoadWeights, AllowsWhatItIsTold) {
  Mlp from, to;
  auto weights = weights_of(*from);
  weights.erase(weights.begin() + 4, weights.end());
  weights.push_back({"pooler.dense.weight", torch::zeros({2})});
  const auto path = write("c.safetensors", weights);
  EXPECT_FALSE(load_weights(*to, path));
  const auto done = load_weights(*to, path, {.allow_missing = {"head.*"}, .allow_unexpected = {"pooler.**"}});
  EXPECT_TRUE(done) << done.error().text();
}

TEST(LoadWeights, HintsAtAPrefixAndTakesIt) {
  Mlp from, to;
  const auto path = write("d.safetensors", weights_of(*from));
  torch::nn::Sequential wrapped(to);
  const auto refused = load_weights(*wrapped, path);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("set LoadOptions::prefix to \"0.\""), std::string::npos)
      << refused.error().text();
  const auto done = load_weights(*wrapped, path, {.prefix = "0."});
  EXPECT_TRUE(done) << done.error().text();
  EXPECT_TRUE(torch::equal(from->head->bias, to->head->bias));
}

TEST(LoadWeights, TakesATiedTensorUnderAnyOfItsNames) {
  test::Tied from, to;
  auto weights = weights_of(*from);
  for (const auto& b : bind::buffers_of(*from)) weights.push_back({b.name, b.tensor});
  std::erase_if(weights, [](const auto& w) { return w.name == "out_weight"; });
  const auto done = load_weights(*to, write("e.safetensors", weights));
  EXPECT_TRUE(done) << done.error().text();
  EXPECT_TRUE(torch::equal(from->out, to->out));
}

TEST(NameMatches, StarStaysWithinAPiece) {
  EXPECT_TRUE(name_matches("head.*", "head.bias"));
  EXPECT_FALSE(name_matches("head.*", "head.dense.bias"));
  EXPECT_TRUE(name_matches("head.**", "head.dense.bias"));
  EXPECT_TRUE(name_matches("**.bias", "a.b.bias"));
  EXPECT_FALSE(name_matches("bias", "a.bias"));
}

}  // namespace
}  // namespace fts
