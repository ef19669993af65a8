// TorchScript modules as models. torch::jit::Module is no torch::nn::Module, so one that mirrors it is made: the same
// tensors under the same names, in modules that are called by their Python classes.
#include <unordered_map>

#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/nn/module.h>

#include "compiler/base/code.hpp"
#include "runtime/run/load_model.hpp"

namespace fts {

namespace {

namespace jit = torch::jit;

tl::unexpected<Error> unusable(const std::string& path, const std::string& why, std::string help = {}) {
  return tl::unexpected(make_error(
      Code::model_unusable, fmt::format("the TorchScript module '{}' cannot be used: {}", path, why), std::move(help)));
}

std::string class_of(const jit::Module& module) {
  const auto name = module.type()->name();
  return name ? name->name() : "Module";
}

class Mirror : public torch::nn::Module {
 public:
  explicit Mirror(const jit::Module& script) : Module(class_of(script)), script_(script) {}

  void train(bool on = true) override {
    Module::train(on);
    if (script_.hasattr("training")) script_.setattr("training", on);
  }

 private:
  jit::Module script_;
};

class Mirroring {
 public:
  std::shared_ptr<torch::nn::Module> mirror(jit::Module script) {
    auto& made = made_[script._ivalue().get()];
    if (made) return made;
    auto module = std::make_shared<Mirror>(script);
    made = module;  // the reference may not outlive the recursion below
    for (const auto& parameter : script.named_parameters(false)) {
      const auto tensor = first_of(parameter.value, script, parameter.name);
      module->register_parameter(parameter.name, tensor, tensor.requires_grad());
    }
    for (const auto& buffer : script.named_buffers(false)) {
      module->register_buffer(buffer.name, first_of(buffer.value, script, buffer.name));
    }
    for (const auto& child : script.named_children()) module->register_module(child.name, mirror(child.value));
    return module;
  }

 private:
  // A file may give one tensor's memory to several tensors, each of which would have its own gradient.
  at::Tensor first_of(const at::Tensor& tensor, jit::Module& owner, const std::string& name) {
    auto& known = by_memory_[tensor.storage().unsafeGetStorageImpl()];
    for (const auto& other : known) {
      if (other.storage_offset() != tensor.storage_offset() || other.sizes() != tensor.sizes() ||
          other.strides() != tensor.strides()) {
        continue;
      }
      if (!other.is_same(tensor)) owner.setattr(name, other);
      return other;
    }
    known.push_back(tensor);
    return tensor;
  }

  std::unordered_map<const void*, std::shared_ptr<torch::nn::Module>> made_;
  std::unordered_map<const void*, std::vector<at::Tensor>> by_memory_;
};

class ScriptModel final : public Model {
 public:
  explicit ScriptModel(const jit::Module& script)
      : module_(Mirroring().mirror(script)), forward_(script.get_method("forward")) {
    const auto& arguments = forward_.function().getSchema().arguments();
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      inputs_.push_back({arguments[i].name(), !arguments[i].default_value().has_value()});
    }
  }

  torch::nn::Module& module() override { return *module_; }
  std::vector<Input> inputs() const override { return inputs_; }

  // Unoptimized: what the executor would make of a graph depends on the calls it has seen, and a resumed run has seen
  // others than the run that it continues to the last bit.
  NamedTensors forward(const NamedTensors& batch) override {
    const jit::GraphOptimizerEnabledGuard unoptimized(false);
    std::unordered_map<std::string, c10::IValue> named;
    for (const auto& input : inputs_) {
      if (const auto it = batch.find(input.name); it != batch.end()) named.emplace(input.name, it->second);
    }
    const c10::IValue output = forward_({}, named);
    if (output.isTensor()) return {{"loss", output.toTensor()}};
    TORCH_CHECK_VALUE(output.isGenericDict(), "forward returns ", output.tagKind(),
                      ", not the loss or a Dict[str, Tensor] with 'loss' in it");
    NamedTensors tensors;
    for (const auto& entry : output.toGenericDict()) {
      TORCH_CHECK_VALUE(entry.key().isString() && entry.value().isTensor(), "forward returns a dict of ",
                        entry.key().tagKind(), " to ", entry.value().tagKind(), ", not a Dict[str, Tensor]");
      tensors.emplace(entry.key().toStringRef(), entry.value().toTensor());
    }
    return tensors;
  }

 private:
  std::shared_ptr<torch::nn::Module> module_;
  jit::Method forward_;
  std::vector<Input> inputs_;
};

}  // namespace

tl::expected<std::unique_ptr<Model>, Error> load_script(const std::string& path) {
  try {
    const auto script = jit::load(path);
    if (!script.find_method("forward")) return unusable(path, "it has no method 'forward'");
    if (script.parameters().size() == 0) {
      return unusable(path, "it has no parameters", "torch.jit.freeze makes constants of them: export without it");
    }
    return std::make_unique<ScriptModel>(script);
  } catch (const c10::Error& e) {
    return unusable(path, e.what_without_backtrace());
  } catch (const std::exception& e) {
    return unusable(path, e.what());
  }
}

}  // namespace fts
