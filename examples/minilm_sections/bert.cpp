#include "examples/minilm_sections/bert.hpp"

namespace minilm {

namespace {

namespace nn = torch::nn;

nn::LayerNorm layer_norm(const Config& config) {
  return nn::LayerNorm(nn::LayerNormOptions({config.hidden_size}).eps(config.layer_norm_eps));
}

}  // namespace

BertEmbeddingsImpl::BertEmbeddingsImpl(const Config& config)
    : word_embeddings(register_module("word_embeddings", nn::Embedding(config.vocab_size, config.hidden_size))),
      position_embeddings(
          register_module("position_embeddings", nn::Embedding(config.max_position_embeddings, config.hidden_size))),
      token_type_embeddings(
          register_module("token_type_embeddings", nn::Embedding(config.type_vocab_size, config.hidden_size))),
      layer_norm(register_module("LayerNorm", minilm::layer_norm(config))),
      dropout(register_module("dropout", nn::Dropout(config.hidden_dropout_prob))) {}

torch::Tensor BertEmbeddingsImpl::forward(const torch::Tensor& input_ids) {
  const auto tokens = input_ids.size(1);
  // One segment only, so that the token type is 0 everywhere.
  const auto places = position_embeddings->weight.slice(0, 0, tokens) + token_type_embeddings->weight[0];
  return dropout(layer_norm(word_embeddings(input_ids) + places));
}

BertSelfAttentionImpl::BertSelfAttentionImpl(const Config& config)
    : heads(config.num_attention_heads),
      dropout_prob(config.attention_probs_dropout_prob),
      query(register_module("query", nn::Linear(config.hidden_size, config.hidden_size))),
      key(register_module("key", nn::Linear(config.hidden_size, config.hidden_size))),
      value(register_module("value", nn::Linear(config.hidden_size, config.hidden_size))) {}

torch::Tensor BertSelfAttentionImpl::forward(const torch::Tensor& hidden, const torch::Tensor& mask) {
  const auto by_head = [&](nn::Linear& projection) {
    return projection(hidden).view({hidden.size(0), hidden.size(1), heads, -1}).transpose(1, 2);
  };
  const auto attended = at::scaled_dot_product_attention(by_head(query), by_head(key), by_head(value), mask,
                                                         is_training() ? dropout_prob : 0.0);
  return attended.transpose(1, 2).reshape(hidden.sizes());
}

BertSelfOutputImpl::BertSelfOutputImpl(const Config& config)
    : dense(register_module("dense", nn::Linear(config.hidden_size, config.hidden_size))),
      layer_norm(register_module("LayerNorm", minilm::layer_norm(config))),
      dropout(register_module("dropout", nn::Dropout(config.hidden_dropout_prob))) {}

torch::Tensor BertSelfOutputImpl::forward(const torch::Tensor& hidden, const torch::Tensor& residual) {
  return layer_norm(dropout(dense(hidden)) + residual);
}

BertAttentionImpl::BertAttentionImpl(const Config& config)
    : self(register_module("self", BertSelfAttention(config))),
      output(register_module("output", BertSelfOutput(config))) {}

torch::Tensor BertAttentionImpl::forward(const torch::Tensor& hidden, const torch::Tensor& mask) {
  return output(self(hidden, mask), hidden);
}

BertIntermediateImpl::BertIntermediateImpl(const Config& config)
    : dense(register_module("dense", nn::Linear(config.hidden_size, config.intermediate_size))) {}

torch::Tensor BertIntermediateImpl::forward(const torch::Tensor& hidden) { return torch::gelu(dense(hidden)); }

BertOutputImpl::BertOutputImpl(const Config& config)
    : dense(register_module("dense", nn::Linear(config.intermediate_size, config.hidden_size))),
      layer_norm(register_module("LayerNorm", minilm::layer_norm(config))),
      dropout(register_module("dropout", nn::Dropout(config.hidden_dropout_prob))) {}

torch::Tensor BertOutputImpl::forward(const torch::Tensor& hidden, const torch::Tensor& residual) {
  return layer_norm(dropout(dense(hidden)) + residual);
}

BertLayerImpl::BertLayerImpl(const Config& config)
    : attention(register_module("attention", BertAttention(config))),
      intermediate(register_module("intermediate", BertIntermediate(config))),
      output(register_module("output", BertOutput(config))) {}

torch::Tensor BertLayerImpl::forward(const torch::Tensor& hidden, const torch::Tensor& mask) {
  const auto attended = attention(hidden, mask);
  return output(intermediate(attended), attended);
}

BertEncoderImpl::BertEncoderImpl(const Config& config) : layer(register_module("layer", nn::ModuleList())) {
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) layer->push_back(BertLayer(config));
}

torch::Tensor BertEncoderImpl::forward(torch::Tensor hidden, const torch::Tensor& mask) {
  for (const auto& module : *layer) hidden = module->as<BertLayerImpl>()->forward(hidden, mask);
  return hidden;
}

BertPoolerImpl::BertPoolerImpl(const Config& config)
    : dense(register_module("dense", nn::Linear(config.hidden_size, config.hidden_size))) {}

torch::Tensor BertPoolerImpl::forward(const torch::Tensor& hidden) { return torch::tanh(dense(hidden.select(1, 0))); }

BertModelImpl::BertModelImpl(const Config& config)
    : embeddings(register_module("embeddings", BertEmbeddings(config))),
      encoder(register_module("encoder", BertEncoder(config))),
      pooler(register_module("pooler", BertPooler(config))) {}

torch::Tensor BertModelImpl::encode(const torch::Tensor& input_ids, const torch::Tensor& attention_mask) {
  const auto mask = attention_mask.to(torch::kBool).unsqueeze(1).unsqueeze(1);
  return encoder(embeddings(input_ids), mask);
}

torch::Tensor BertModelImpl::mean_pooled(const torch::Tensor& input_ids, const torch::Tensor& attention_mask) {
  const auto weight = attention_mask.unsqueeze(-1).to(torch::kFloat);
  return (encode(input_ids, attention_mask) * weight).sum(1) / weight.sum(1);
}

SectionClassifierImpl::SectionClassifierImpl(std::int64_t classes, const Config& config)
    : BertModelImpl(config), classifier(register_module("classifier", nn::Linear(config.hidden_size, classes))) {
  // No mean comes through the pooler, so nothing could train it.
  for (auto& parameter : pooler->parameters()) parameter.set_requires_grad(false);
}

torch::Tensor SectionClassifierImpl::forward(const torch::Tensor& input_ids, const torch::Tensor& attention_mask) {
  return classifier(mean_pooled(input_ids, attention_mask));
}

}  // namespace minilm
