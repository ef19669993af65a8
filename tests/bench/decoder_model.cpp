// The decoder of decoder.py as a model library, parameter for parameter, for ftsrun.
#include <fts/call.hpp>
#include <fts/model.hpp>
#include <torch/torch.h>

namespace {

constexpr std::int64_t kVocabulary = 8000, kWidth = 384, kLayers = 8, kInner = 1024, kHeadWidth = 64;

using torch::Tensor;

struct RMSNormImpl : torch::nn::Module {
  Tensor weight{register_parameter("weight", torch::ones(kWidth))};
  Tensor forward(const Tensor& x) { return x * torch::rsqrt(x.pow(2).mean(-1, true) + 1e-5) * weight; }
};
TORCH_MODULE(RMSNorm);

torch::nn::Linear linear(std::int64_t from, std::int64_t to) {
  return torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(false));
}

Tensor rotary(const Tensor& x) {
  const auto half = x.size(-1) / 2;
  const auto place = torch::arange(x.size(2), torch::kFloat);
  const auto angle = torch::outer(place, torch::pow(10000.0, -torch::arange(half, torch::kFloat) / half));
  const auto cosine = angle.cos(), sine = angle.sin();
  const auto parts = x.chunk(2, -1);
  return torch::cat({parts[0] * cosine - parts[1] * sine, parts[0] * sine + parts[1] * cosine}, -1);
}

struct LayerImpl : torch::nn::Module {
  RMSNorm n1{register_module("n1", RMSNorm())};
  torch::nn::Linear q{register_module("q", linear(kWidth, kWidth))};
  torch::nn::Linear k{register_module("k", linear(kWidth, kWidth))};
  torch::nn::Linear v{register_module("v", linear(kWidth, kWidth))};
  torch::nn::Linear o{register_module("o", linear(kWidth, kWidth))};
  RMSNorm n2{register_module("n2", RMSNorm())};
  torch::nn::Linear gate{register_module("gate", linear(kWidth, kInner))};
  torch::nn::Linear up{register_module("up", linear(kWidth, kInner))};
  torch::nn::Linear down{register_module("down", linear(kInner, kWidth))};

  Tensor forward(const Tensor& input) {
    const auto heads = [&](const Tensor& t) { return t.view({t.size(0), t.size(1), -1, kHeadWidth}).transpose(1, 2); };
    auto h = n1(input);
    const auto query = rotary(heads(q(h))), key = rotary(heads(k(h))), value = heads(v(h));
    const auto attended = at::scaled_dot_product_attention(query, key, value, {}, 0.0, /*is_causal=*/true);
    const auto x = input + o(attended.transpose(1, 2).flatten(2));
    h = n2(x);
    return x + down(torch::silu(gate(h)) * up(h));
  }
};
TORCH_MODULE(Layer);

struct DecoderImpl : torch::nn::Module {
  torch::nn::Embedding embed{register_module("embed", torch::nn::Embedding(kVocabulary, kWidth))};
  torch::nn::ModuleList layers{register_module("layers", torch::nn::ModuleList())};
  RMSNorm norm{register_module("norm", RMSNorm())};
  torch::nn::Linear head{register_module("head", linear(kWidth, kVocabulary))};

  DecoderImpl() {
    for (std::int64_t i = 0; i < kLayers; ++i) layers->push_back(Layer());
  }
  Tensor forward(const Tensor& ids) {
    auto x = embed(ids);
    for (const auto& layer : *layers) x = fts::call(*layer->as<Layer>(), x);
    return head(norm(x));
  }
};
TORCH_MODULE(Decoder);

// In validation its loss always gets better, as the peer's does, and costs nothing.
struct Trained final : fts::Model {
  torch::nn::Module& module() override { return *net; }
  fts::NamedTensors forward(const fts::NamedTensors& batch) override {
    if (!net->is_training()) return {{"loss", torch::tensor(1.0 / ++validations)}};
    const auto& ids = batch.find("ids")->second;
    const auto logits = net(ids.slice(1, 0, -1)).flatten(0, 1);
    return {{"loss", torch::cross_entropy_loss(logits, ids.slice(1, 1).flatten())}};
  }
  std::vector<Input> inputs() const override { return {{"ids"}}; }

  Decoder net;
  int validations = 0;
};

}  // namespace

FTS_REGISTER_MODEL(Trained)
