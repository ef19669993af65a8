#include "examples/llama_fsdp_tp/llama.hpp"

namespace llama {

namespace {

torch::nn::Linear linear(std::int64_t in, std::int64_t out) {
  return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
}

// Each pair (i, i + half) of a head turns by its position's angle (Su et al., 2021). x: [batch, head, position, width].
torch::Tensor rotated(const torch::Tensor& x, const torch::Tensor& cos, const torch::Tensor& sin) {
  const auto halves = x.chunk(2, -1);
  const auto c = cos.slice(0, 0, x.size(2)), s = sin.slice(0, 0, x.size(2));
  return torch::cat({halves[0] * c - halves[1] * s, halves[0] * s + halves[1] * c}, -1);
}

}  // namespace

RMSNormImpl::RMSNormImpl(std::int64_t width) { weight = register_parameter("weight", torch::ones({width})); }

torch::Tensor RMSNormImpl::forward(const torch::Tensor& x) {
  return x * torch::rsqrt(x.pow(2).mean(-1, true) + 1e-5) * weight;
}

AttentionImpl::AttentionImpl(const Config& config)
    : head_dim(config.width / config.heads), sharing(config.heads / config.kv_heads) {
  wq = register_module("wq", linear(config.width, config.width));
  wk = register_module("wk", linear(config.width, config.kv_heads * head_dim));
  wv = register_module("wv", linear(config.width, config.kv_heads * head_dim));
  wo = register_module("wo", linear(config.width, config.width));
}

torch::Tensor AttentionImpl::forward(const torch::Tensor& x, const torch::Tensor& cos, const torch::Tensor& sin) {
  const auto by_head = [&](torch::nn::Linear& layer) { return layer(x).unflatten(-1, {-1, head_dim}).transpose(1, 2); };
  const auto q = rotated(by_head(wq), cos, sin);
  const auto k = rotated(by_head(wk), cos, sin).repeat_interleave(sharing, 1);
  const auto v = by_head(wv).repeat_interleave(sharing, 1);
  const auto mixed = torch::scaled_dot_product_attention(q, k, v, {}, 0.0, true);
  return wo(mixed.transpose(1, 2).flatten(2));
}

FeedForwardImpl::FeedForwardImpl(const Config& config) {
  w1 = register_module("w1", linear(config.width, config.inner));
  w2 = register_module("w2", linear(config.inner, config.width));
  w3 = register_module("w3", linear(config.width, config.inner));
}

torch::Tensor FeedForwardImpl::forward(const torch::Tensor& x) { return w2(torch::silu(w1(x)) * w3(x)); }

BlockImpl::BlockImpl(const Config& config) {
  attention = register_module("attention", Attention(config));
  feed_forward = register_module("feed_forward", FeedForward(config));
  attention_norm = register_module("attention_norm", RMSNorm(config.width));
  ffn_norm = register_module("ffn_norm", RMSNorm(config.width));
}

torch::Tensor BlockImpl::forward(torch::Tensor x, const torch::Tensor& cos, const torch::Tensor& sin) {
  x = x + attention(attention_norm(x), cos, sin);
  return x + feed_forward(ffn_norm(x));
}

TransformerImpl::TransformerImpl(const Config& config) {
  tok_embeddings = register_module("tok_embeddings", torch::nn::Embedding(config.vocabulary, config.width));
  layers = register_module("layers", torch::nn::ModuleList());
  for (std::int64_t i = 0; i < config.layers; ++i) layers->push_back(Block(config));
  norm = register_module("norm", RMSNorm(config.width));
  output = register_module("output", linear(config.width, config.vocabulary));
  const auto half = config.width / config.heads / 2;
  const auto frequencies = torch::pow(config.rope_theta, -torch::arange(half, torch::kFloat) / half);
  const auto angles = torch::outer(torch::arange(config.context, torch::kFloat), frequencies);
  cos = register_buffer("cos", angles.cos());
  sin = register_buffer("sin", angles.sin());
}

torch::Tensor TransformerImpl::forward(const torch::Tensor& tokens) {
  auto x = tok_embeddings(tokens);
  for (const auto& layer : *layers) x = layer->as<Block>()->forward(x, cos, sin);
  return output(norm(x));
}

}  // namespace llama
