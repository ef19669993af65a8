// A Llama-style decoder as plain LibTorch modules, with the names of Meta's and torchtitan's: RMSNorm, rotary
// embeddings, grouped-query attention, SwiGLU. It knows nothing of schedules or processes; what makes it fit for
// tensor parallel is that it leaves the number of heads to -1, as PyTorch's models for it do.
#pragma once
#include <torch/torch.h>

#include <cstdint>

namespace llama {

struct Config {
  std::int64_t vocabulary = 256;
  std::int64_t width = 64;
  std::int64_t layers = 4;
  std::int64_t heads = 8;
  std::int64_t kv_heads = 4;
  std::int64_t inner = 192;
  std::int64_t context = 64;
  double rope_theta = 10000;
};

// Zhang and Sennrich, 2019.
struct RMSNormImpl : torch::nn::Module {
  explicit RMSNormImpl(std::int64_t width);
  torch::Tensor forward(const torch::Tensor& x);
  torch::Tensor weight;
};
TORCH_MODULE(RMSNorm);

// Causal, with groups of heads that share keys and values (Ainslie et al., 2023). [batch, position, width] both ways.
struct AttentionImpl : torch::nn::Module {
  explicit AttentionImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& cos, const torch::Tensor& sin);
  std::int64_t head_dim, sharing;
  torch::nn::Linear wq{nullptr}, wk{nullptr}, wv{nullptr}, wo{nullptr};
};
TORCH_MODULE(Attention);

// SwiGLU: Shazeer, 2020.
struct FeedForwardImpl : torch::nn::Module {
  explicit FeedForwardImpl(const Config& config);
  torch::Tensor forward(const torch::Tensor& x);
  torch::nn::Linear w1{nullptr}, w2{nullptr}, w3{nullptr};
};
TORCH_MODULE(FeedForward);

struct BlockImpl : torch::nn::Module {
  explicit BlockImpl(const Config& config);
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& cos, const torch::Tensor& sin);
  RMSNorm attention_norm{nullptr}, ffn_norm{nullptr};
  Attention attention{nullptr};
  FeedForward feed_forward{nullptr};
};
TORCH_MODULE(Block);

struct TransformerImpl : torch::nn::Module {
  explicit TransformerImpl(const Config& config = {});
  // From tokens [batch, position], at most `context` positions, to logits [batch, position, vocabulary].
  torch::Tensor forward(const torch::Tensor& tokens);
  torch::nn::Embedding tok_embeddings{nullptr};
  torch::nn::ModuleList layers{nullptr};
  RMSNorm norm{nullptr};
  torch::nn::Linear output{nullptr};
  torch::Tensor cos, sin;  // of each position's rotation, [context, head width / 2]
};
TORCH_MODULE(Transformer);

}  // namespace llama
