#include "tests/oracle/models.hpp"

#include <stdexcept>

#include <torch/torch.h>

namespace fts::oracle {

namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;

struct MlpLn : nn::Module {
  explicit MlpLn(std::int64_t outputs) {
    fc1 = register_module("fc1", nn::Linear(8, 16));
    fc2 = register_module("fc2", nn::Linear(16, 16));
    ln = register_module("ln", nn::LayerNorm(nn::LayerNormOptions({16})));
    fc3 = register_module("fc3", nn::Linear(16, 16));
    head = register_module("head", nn::Linear(16, outputs));
  }
  at::Tensor forward(const at::Tensor& x) { return head(torch::relu(fc3(ln(torch::relu(fc2(torch::relu(fc1(x)))))))); }
  nn::Linear fc1{nullptr}, fc2{nullptr}, fc3{nullptr}, head{nullptr};
  nn::LayerNorm ln{nullptr};
};

struct ConvBn : nn::Module {
  ConvBn() {
    c1 = register_module("c1", nn::Conv2d(nn::Conv2dOptions(1, 4, 3).padding(1)));
    bn1 = register_module("bn1", nn::BatchNorm2d(4));
    c2 = register_module("c2", nn::Conv2d(nn::Conv2dOptions(4, 8, 3).padding(1).stride(2)));
    bn2 = register_module("bn2", nn::BatchNorm2d(8));
    head = register_module("head", nn::Linear(8, 3));
  }
  at::Tensor forward(const at::Tensor& x) {
    const auto h = torch::relu(bn2(c2(torch::relu(bn1(c1(x))))));
    return head(h.mean({2, 3}));
  }
  nn::Conv2d c1{nullptr}, c2{nullptr};
  nn::BatchNorm2d bn1{nullptr}, bn2{nullptr};
  nn::Linear head{nullptr};
};

struct TiedOut : nn::Module {
  explicit TiedOut(at::Tensor shared) {
    weight = register_parameter("weight", std::move(shared));
    bias = register_parameter("bias", torch::zeros(8));
  }
  at::Tensor weight, bias;
};

struct Tied : nn::Module {
  Tied() {
    emb = register_module("emb", nn::Linear(nn::LinearOptions(8, 8).bias(false)));
    mid = register_module("mid", nn::Linear(8, 8));
    out = register_module("out", std::make_shared<TiedOut>(emb->weight));
  }
  at::Tensor forward(const at::Tensor& x) { return F::linear(torch::relu(mid(emb(x))), out->weight, out->bias); }
  nn::Linear emb{nullptr}, mid{nullptr};
  std::shared_ptr<TiedOut> out;
};

template <class M>
Model made(std::shared_ptr<M> module, bool cross_entropy) {
  return {module, [module, cross_entropy](const at::Tensor& x, const at::Tensor& y) {
            const auto out = module->forward(x);
            return cross_entropy ? F::cross_entropy(out, y) : F::mse_loss(out, y);
          }};
}

Model of_name(const std::string& name) {
  if (name == "mlp_ln") return made(std::make_shared<MlpLn>(4), true);
  if (name == "mlp_ln_mse") return made(std::make_shared<MlpLn>(2), false);
  if (name == "convbn") return made(std::make_shared<ConvBn>(), true);
  if (name == "tied") return made(std::make_shared<Tied>(), false);
  throw std::runtime_error("there is no model '" + name + "'");
}

}  // namespace

Model make_model(const Case& recorded) {
  Model model = of_name(recorded.config().at("model").get<std::string>());
  const torch::NoGradGuard no_grad;
  for (auto& p : model.module->named_parameters()) p.value().copy_(recorded.tensor("init." + p.key()));
  for (auto& b : model.module->named_buffers()) b.value().copy_(recorded.tensor("init." + b.key()));
  return model;
}

}  // namespace fts::oracle
