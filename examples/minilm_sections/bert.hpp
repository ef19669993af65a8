#pragma once
// BERT as plain torch::nn modules, with Hugging Face's module classes and parameter names in Hugging Face's order, so
// that published weights load by name. Nothing here knows of schedules.

#include <torch/torch.h>

#include <cstdint>

namespace minilm {

// What config.json of all-MiniLM-L6-v2 says.
struct Config {
  std::int64_t vocab_size = 30522;
  std::int64_t hidden_size = 384;
  std::int64_t num_hidden_layers = 6;
  std::int64_t num_attention_heads = 12;
  std::int64_t intermediate_size = 1536;
  std::int64_t max_position_embeddings = 512;
  std::int64_t type_vocab_size = 2;
  double layer_norm_eps = 1e-12;
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
};

// Token ids (batch, tokens) to vectors (batch, tokens, hidden).
struct BertEmbeddingsImpl : torch::nn::Module {
  explicit BertEmbeddingsImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& input_ids);

  torch::nn::Embedding word_embeddings, position_embeddings, token_type_embeddings;
  torch::nn::LayerNorm layer_norm;
  torch::nn::Dropout dropout;
};
TORCH_MODULE(BertEmbeddings);

// Attention over several heads; `mask` is true where a token may be looked at and broadcasts to (batch, heads, tokens,
// tokens).
struct BertSelfAttentionImpl : torch::nn::Module {
  explicit BertSelfAttentionImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& hidden, const torch::Tensor& mask);

  std::int64_t heads;
  double dropout_prob;
  torch::nn::Linear query, key, value;
};
TORCH_MODULE(BertSelfAttention);

// Projection, dropout, and the residual's layer norm; BertOutput is the same around the feed-forward part.
struct BertSelfOutputImpl : torch::nn::Module {
  explicit BertSelfOutputImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& hidden, const torch::Tensor& residual);

  torch::nn::Linear dense;
  torch::nn::LayerNorm layer_norm;
  torch::nn::Dropout dropout;
};
TORCH_MODULE(BertSelfOutput);

struct BertAttentionImpl : torch::nn::Module {
  explicit BertAttentionImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& hidden, const torch::Tensor& mask);

  BertSelfAttention self;
  BertSelfOutput output;
};
TORCH_MODULE(BertAttention);

struct BertIntermediateImpl : torch::nn::Module {
  explicit BertIntermediateImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& hidden);

  torch::nn::Linear dense;
};
TORCH_MODULE(BertIntermediate);

struct BertOutputImpl : torch::nn::Module {
  explicit BertOutputImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& hidden, const torch::Tensor& residual);

  torch::nn::Linear dense;
  torch::nn::LayerNorm layer_norm;
  torch::nn::Dropout dropout;
};
TORCH_MODULE(BertOutput);

struct BertLayerImpl : torch::nn::Module {
  explicit BertLayerImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& hidden, const torch::Tensor& mask);

  BertAttention attention;
  BertIntermediate intermediate;
  BertOutput output;
};
TORCH_MODULE(BertLayer);

struct BertEncoderImpl : torch::nn::Module {
  explicit BertEncoderImpl(const Config& config);
  torch::Tensor forward(torch::Tensor hidden, const torch::Tensor& mask);

  torch::nn::ModuleList layer;
};
TORCH_MODULE(BertEncoder);

// In the published weights; sentence vectors are means and pass it by.
struct BertPoolerImpl : torch::nn::Module {
  explicit BertPoolerImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& hidden);

  torch::nn::Linear dense;
};
TORCH_MODULE(BertPooler);

struct BertModelImpl : torch::nn::Module {
  explicit BertModelImpl(const Config& config = {});
  // `input_ids` and `attention_mask` (1 a token, 0 padding), both (batch, tokens), to the last layer's (batch, tokens,
  // hidden).
  torch::Tensor encode(const torch::Tensor& input_ids, const torch::Tensor& attention_mask);
  // The mean of the last layer over the tokens that are not padding: (batch, hidden).
  torch::Tensor mean_pooled(const torch::Tensor& input_ids, const torch::Tensor& attention_mask);

  BertEmbeddings embeddings;
  BertEncoder encoder;
  BertPooler pooler;
};
TORCH_MODULE(BertModel);

// MiniLM with one linear layer on the mean vector. A BertModel itself rather than a holder of one: published weights
// name `encoder.layer.0…`, not `bert.encoder.layer.0…`.
struct SectionClassifierImpl : BertModelImpl {
  explicit SectionClassifierImpl(std::int64_t classes, const Config& config = {});
  // The logits (batch, classes).
  torch::Tensor forward(const torch::Tensor& input_ids, const torch::Tensor& attention_mask);

  torch::nn::Linear classifier;
};
TORCH_MODULE(SectionClassifier);

}  // namespace minilm
