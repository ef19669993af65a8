// The example's model against the Python package, and its committed graph against the model.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "examples/minilm_sections/bert.hpp"
#include "examples/minilm_sections/sections.hpp"
#include "runtime/bind/graph_of.hpp"
#include "runtime/bind/load_weights.hpp"

namespace {

using nlohmann::json;

const std::string kSource = FTS_SOURCE_DIR;
const std::string kWeights = std::string(FTS_MINILM) + "/model.safetensors";

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

template <class T>
torch::Tensor matrix(const json& rows, torch::ScalarType type) {
  const auto height = static_cast<std::int64_t>(rows.size());
  std::vector<T> flat;
  for (const auto& row : rows) {
    for (const auto& value : row) flat.push_back(value.get<T>());
  }
  return torch::tensor(flat, type).view({height, -1});
}

const fts::LoadOptions kHeadless{.allow_missing = {"classifier.*"}, .allow_unexpected = {"embeddings.position_ids"}};

TEST(MinilmForward, gives_the_sentence_vectors_of_the_python_package) {
  const auto peer = json::parse(text_of(kSource + "/tests/data/minilm_embeddings.json"));
  minilm::BertModel model;
  const auto loaded = fts::load_weights(*model, kWeights, {.allow_unexpected = {"embeddings.position_ids"}});
  ASSERT_TRUE(loaded) << loaded.error().text();

  const torch::NoGradGuard no_grad;
  model->eval();
  const auto vectors = model->mean_pooled(matrix<std::int64_t>(peer["input_ids"], torch::kLong),
                                          matrix<std::int64_t>(peer["attention_mask"], torch::kLong));
  const auto unit = vectors / vectors.norm(2, 1, true);
  const auto expected = matrix<float>(peer["embeddings"], torch::kFloat);
  ASSERT_EQ(unit.sizes(), expected.sizes());
  EXPECT_LT((unit - expected).abs().max().item<float>(), 1e-5F);
}

TEST(MinilmForward, does_not_depend_on_padding) {
  const auto peer = json::parse(text_of(kSource + "/tests/data/minilm_embeddings.json"));
  minilm::BertModel model;
  const torch::NoGradGuard no_grad;
  model->eval();
  const auto ids = matrix<std::int64_t>(peer["input_ids"], torch::kLong);
  const auto mask = matrix<std::int64_t>(peer["attention_mask"], torch::kLong);
  const auto tokens = mask[0].sum().item<std::int64_t>();
  ASSERT_LT(tokens, ids.size(1));
  const auto padded = model->mean_pooled(ids, mask)[0];
  const auto alone =
      model->mean_pooled(ids.slice(0, 0, 1).slice(1, 0, tokens), mask.slice(0, 0, 1).slice(1, 0, tokens))[0];
  EXPECT_LT((padded - alone).abs().max().item<float>(), 1e-5F);
}

TEST(MinilmWeights, load_into_the_classifier_but_for_its_head) {
  minilm::SectionClassifier model(24);
  EXPECT_TRUE(fts::load_weights(*model, kWeights, kHeadless));
  const auto strict = fts::load_weights(*model, kWeights);
  ASSERT_FALSE(strict);
  EXPECT_THAT(strict.error().text(), testing::HasSubstr("classifier.weight"));
}

TEST(MinilmGraph, is_the_committed_one) {
  const auto committed = kSource + "/examples/minilm_sections/minilm.graph.json";
  const auto fresh = testing::TempDir() + "minilm.graph.json";
  minilm::SectionClassifier model(24);
  const char* update = std::getenv("FTS_UPDATE_GOLDEN");
  const auto written = fts::write_graph(*model, update != nullptr ? committed : fresh);
  ASSERT_TRUE(written) << written.error().text();
  if (update == nullptr) {
    EXPECT_EQ(text_of(fresh), text_of(committed)) << "FTS_UPDATE_GOLDEN=1 rewrites it";
  }
}

}  // namespace
