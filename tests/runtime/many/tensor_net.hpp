// A transformer layer whose sizes 2, 3 and 4 divide, and a run of it through three phases with validation, for what
// tensor-parallel ranks do.
#pragma once
#include <torch/torch.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "runtime/session/session.hpp"
#include "tests/runtime/many/recorded_run.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts::test {

// Six heads of two; keys have no bias, whose true gradient is zero.
struct AttentionImpl : torch::nn::Module {
  explicit AttentionImpl(std::int64_t number) : heads(number) {
    q = register_module("q", torch::nn::Linear(12, 12));
    k = register_module("k", torch::nn::Linear(torch::nn::LinearOptions(12, 12).bias(false)));
    v = register_module("v", torch::nn::Linear(12, 12));
    o = register_module("o", torch::nn::Linear(12, 12));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const auto by_head = [&](torch::nn::Linear& layer) {
      const auto y = layer(x);
      return y.view({y.size(0), y.size(1), heads, 2}).transpose(1, 2);
    };
    const auto mixed = torch::scaled_dot_product_attention(by_head(q), by_head(k), by_head(v), {}, 0.0, true);
    return o(mixed.transpose(1, 2).flatten(2));
  }
  std::int64_t heads;
  torch::nn::Linear q{nullptr}, k{nullptr}, v{nullptr}, o{nullptr};
};
TORCH_MODULE(Attention);

// An output layer, perhaps with an embedding's weight.
struct OutputLinearImpl : torch::nn::Module {
  explicit OutputLinearImpl(const torch::Tensor& of_embedding) {
    weight = register_parameter("weight", of_embedding.defined() ? of_embedding : torch::randn({24, 12}) / 4);
    bias = register_parameter("bias", torch::zeros({24}));
  }
  torch::Tensor forward(const torch::Tensor& x) { return torch::nn::functional::linear(x, weight, bias); }
  torch::Tensor weight, bias;
};
TORCH_MODULE(OutputLinear);

struct TensorNetOptions {
  bool tied = false;        // the output layer's weight is the embedding's
  std::int64_t heads = -1;  // as many as there are
  double dropout = 0;       // behind the attention
};

struct TensorNetImpl : torch::nn::Module {
  explicit TensorNetImpl(const TensorNetOptions& given = {}) : options(given) {
    torch::manual_seed(7);
    embed = register_module("embed", torch::nn::Embedding(torch::nn::EmbeddingOptions(24, 12).padding_idx(5)));
    norm1 = register_module("norm1", norm());
    attention = register_module("attention", Attention(options.heads));
    norm2 = register_module("norm2", norm());
    up = register_module("up", torch::nn::Linear(12, 24));
    down = register_module("down", torch::nn::Linear(24, 12));
    norm3 = register_module("norm3", norm());
    head = register_module("head", OutputLinear(options.tied ? embed->weight : torch::Tensor()));
    to(torch::kDouble);
  }
  torch::Tensor forward(const torch::Tensor& tokens) {
    auto x = embed(tokens);
    x = x + torch::dropout(attention(norm1(x)), options.dropout, is_training());
    if (!skips) x = x + down(torch::gelu(up(norm2(x))));
    return head(norm3(x));
  }
  static torch::nn::LayerNorm norm() { return torch::nn::LayerNorm(torch::nn::LayerNormOptions({12})); }

  TensorNetOptions options;
  bool skips = false;  // the layer above the attention
  torch::nn::Embedding embed{nullptr};
  torch::nn::LayerNorm norm1{nullptr}, norm2{nullptr}, norm3{nullptr};
  Attention attention{nullptr};
  torch::nn::Linear up{nullptr}, down{nullptr};
  OutputLinear head{nullptr};
};
TORCH_MODULE(TensorNet);

inline torch::Tensor tokens_of(int seed) {
  const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  return torch::randint(0, 24, {12, 6}, generator);
}

inline torch::Tensor loss_of(TensorNet& net, const torch::Tensor& tokens) {
  return torch::nn::functional::cross_entropy(net(tokens).reshape({-1, 24}), tokens.reshape({-1}));
}

// The head; then the layer above the attention, its values and a norm; then all the others. `strategies` follow.
inline std::string tensor_schedule(const std::string& head, const std::string& settings,
                                   const std::string& strategies) {
  return "schedule {\n  monitor = val_loss { mode = min, patience = 3 }\n"
         "  optimizer = adamw { lr = 0.02, weight_decay = 0.01 }\n  max_epochs = 9\n" +
         settings + "\n  phase head {\n    thaw = " + head +
         "\n    until = epoch(3)\n  }\n"
         "  phase middle {\n    thaw = \"up.**\" | \"down.**\" | \"attention.v.**\" | \"norm2.**\"\n"
         "    lr = 0.01\n    until = epochs(3)\n  }\n"
         "  phase all {\n    thaw = rest\n    lr = 0.005\n  }\n}\n"
         "strategy one {\n  adapter = base\n}\n" +
         strategies;
}

// 54 batches of 12 rows in 9 epochs; this process trains every shares-th row from `share` on.
inline RecordedRun train_tensor_net(TensorNet& net, const std::string& file, const Options& options, int share,
                                    int shares, const std::function<void(Session&, int batch)>& before_batch = {}) {
  const auto validation = [&] {
    net->eval();
    auto loss = loss_of(net, tokens_of(1000));
    net->train();
    return loss;
  };
  return record_run(*net, Session::open(*net, file, options),
                    {.loss = [&](int seed) { return loss_of(net, share_of(tokens_of(seed), share, shares)); },
                     .validation = validation,
                     .before_batch = before_batch});
}

}  // namespace fts::test
