// A model that ftsrun trains: a module with the loss that it is trained by. A model library is a shared library that
// registers one such class; a TorchScript file is loaded as one.
//
//   struct Classifier final : fts::Model {
//     torch::nn::Module& module() override { return *net; }
//     fts::NamedTensors forward(const fts::NamedTensors& batch) override {
//       return {{"loss", torch::cross_entropy_loss(net(batch.at("x")), batch.at("y"))}};
//     }
//     Net net;
//   };
//   FTS_REGISTER_MODEL(Classifier)
#pragma once
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/headeronly/version.h>

namespace torch::nn {
class Module;
}

namespace fts {

using NamedTensors = std::map<std::string, at::Tensor, std::less<>>;
using ModelArguments = std::map<std::string, std::string, std::less<>>;  // --model-arg name=value

class Model {
 public:
  // A tensor of the batch that forward() takes.
  struct Input {
    std::string name;
    bool required = true;
  };

  virtual ~Model() = default;
  // What is trained; train() and eval() on it switch forward(). Owned by the model.
  [[nodiscard]] virtual torch::nn::Module& module() = 0;
  // From the tensors of a batch (rows first) to `loss`, a scalar, and any other scalars, which are metrics. Both are
  // means over the batch.
  [[nodiscard]] virtual NamedTensors forward(const NamedTensors& batch) = 0;
  // What forward() takes; ftsrun holds the data against it. Empty: the model does not say.
  [[nodiscard]] virtual std::vector<Input> inputs() const { return {}; }
};

// What a model library tells of itself. Its layout never changes but at the end, with a greater `abi`.
struct ModelEntry {
  int abi;
  const char* torch_version;  // that it was built with
  const char* name;
  std::unique_ptr<Model> (*make)(const ModelArguments& arguments);
};
inline constexpr int kModelAbi = 1;

template <class Class>
std::unique_ptr<Model> make_registered_model(const ModelArguments& arguments) {
  if constexpr (std::is_constructible_v<Class, const ModelArguments&>) {
    return std::make_unique<Class>(arguments);
  } else {
    return std::make_unique<Class>();
  }
}

}  // namespace fts

// Once in a model library. The class is made from ModelArguments if it can be, and by default otherwise; its
// constructor's exceptions are reported to the user.
#define FTS_REGISTER_MODEL(Class)                                                                                  \
  extern "C" __attribute__((visibility("default"))) const fts::ModelEntry* fts_model_entry() {                     \
    static const fts::ModelEntry entry{fts::kModelAbi, TORCH_VERSION, #Class, &fts::make_registered_model<Class>}; \
    return &entry;                                                                                                 \
  }
