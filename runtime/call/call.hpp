// fts::call(layer, x, …): calls a layer's forward so that a plan can have a say in it. It is the one line that a model
// may have to change: LibTorch's modules have no hooks, and some of what a plan may ask for needs to know where a
// module begins and ends.
//
//   for (auto& layer : layers) x = fts::call(layer, x, mask);      // in place of x = layer(x, mask)
//
// In a session whose plan asks for act_ckpt of that module, nothing that its forward computes is kept for backward:
// backward calls it again, with the same arguments. Where it has a policy of precision, floating-point tensors among
// the arguments come in its param_dtype, and results in its output_dtype. Everywhere else, also outside of any session,
// it is the plain call. What a model library needs of it stands in this header; it links nothing of the project.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>

namespace torch::nn {
class Module;
}

namespace fts {

namespace calls {

// What a session does at the calls of its module's layers.
class Boundary {
 public:
  // Calls the layer once more.
  using Again = std::function<void(const std::vector<at::Tensor>& inputs)>;
  // A call that is going on, until destruction.
  class Scope {
   public:
    virtual ~Scope() = default;
  };

  virtual ~Boundary() = default;
  // Whether the plan asks for something here. The layer has been called through fts::call in any case.
  virtual bool concerns(const torch::nn::Module& layer) = 0;
  // A tensor among the arguments, and one among the results.
  [[nodiscard]] virtual at::Tensor input(const torch::nn::Module& layer, const at::Tensor& tensor) = 0;
  [[nodiscard]] virtual at::Tensor output(const torch::nn::Module& layer, const at::Tensor& tensor) = 0;
  // Around the forward; null: as it is. `inputs` are all tensors among the arguments.
  [[nodiscard]] virtual std::unique_ptr<Scope> enter(const torch::nn::Module& layer,
                                                     const std::vector<at::Tensor>& inputs, Again again) = 0;
};

// The session's, or null. A program and its model libraries have copies of this code each; they meet at LibTorch's
// dispatcher, where the runtime registers an operator that gives the address.
inline constexpr const char* kBoundaryOperator = "fts::call_boundary";
inline constexpr const char* kBoundaryVersion = "v1";
inline Boundary* boundary() {
  static const auto op = c10::Dispatcher::singleton().findSchema({kBoundaryOperator, kBoundaryVersion});
  return op ? reinterpret_cast<Boundary*>(op->typed<std::int64_t()>().call()) : nullptr;
}

// Calls visit(tensor) for every tensor in a value: itself, or in a tuple, pair, optional or container.
template <class Value, class Visit>
void each_tensor(Value& value, const Visit& visit) {
  if constexpr (std::is_same_v<Value, at::Tensor>) {
    visit(value);
  } else if constexpr (requires { std::tuple_size<Value>::value; }) {
    std::apply([&](auto&... parts) { (each_tensor(parts, visit), ...); }, value);
  } else if constexpr (requires {
                         value.has_value();
                         *value;
                       }) {
    if (value.has_value()) each_tensor(*value, visit);
  } else if constexpr (!std::is_convertible_v<Value&, std::string_view> && requires {
                         value.begin();
                         value.end();
                       }) {
    for (auto&& part : value) each_tensor(part, visit);
  }
}

// A module itself, or what points to one (a module holder, std::shared_ptr).
template <class Layer>
auto& module_of(Layer& layer) {
  if constexpr (std::is_base_of_v<torch::nn::Module, std::remove_cv_t<Layer>>) {
    return layer;
  } else {
    return *layer;
  }
}

// Copies a holder, so that the module lives until backward; a plain module is its program's to keep.
template <class Layer>
auto hold(Layer& layer) {
  if constexpr (std::is_base_of_v<torch::nn::Module, std::remove_cv_t<Layer>>) {
    return &layer;
  } else {
    return layer;
  }
}

}  // namespace calls

// layer.forward(arguments…): `layer` is a module, a module holder or a pointer to a module, and forward may return
// anything; what stands above happens to tensors, also in tuples, optionals and containers. Under a checkpoint the
// arguments are copied: tensors among them must not be changed in place before backward, which is an error there, and
// what only points to something (an ArrayRef) must stay valid until then. A checkpointed forward must do the same when
// it is called again: the tensors that it saves are compared, and a difference ends the run with an error that names
// the module.
template <class Layer, class... Arguments>
auto call(Layer&& layer, Arguments&&... arguments) {
  auto& module = calls::module_of(layer);
  auto* const boundary = calls::boundary();
  if (boundary == nullptr || !boundary->concerns(module)) return module.forward(std::forward<Arguments>(arguments)...);

  std::tuple<std::decay_t<Arguments>...> own(std::forward<Arguments>(arguments)...);
  calls::each_tensor(own, [&](at::Tensor& tensor) { tensor = boundary->input(module, tensor); });
  const auto forward = [&] {
    auto blank = own;  // without its tensors, which are the checkpoint's to keep
    std::vector<at::Tensor> inputs;
    calls::each_tensor(blank, [&](at::Tensor& tensor) { inputs.push_back(std::exchange(tensor, at::Tensor())); });
    auto again = [held = calls::hold(layer), blank = std::move(blank)](const std::vector<at::Tensor>& tensors) mutable {
      auto filled = blank;
      auto next = tensors.begin();
      calls::each_tensor(filled, [&](at::Tensor& tensor) { tensor = *next++; });
      std::apply([&](auto&... each) { static_cast<void>(calls::module_of(held).forward(each...)); }, filled);
    };
    const auto scope = boundary->enter(module, inputs, std::move(again));
    inputs.clear();
    return std::apply([&](auto&... each) { return module.forward(each...); }, own);
  };
  if constexpr (std::is_void_v<decltype(forward())>) {
    forward();
  } else {
    auto result = forward();
    calls::each_tensor(result, [&](at::Tensor& tensor) { tensor = boundary->output(module, tensor); });
    return result;
  }
}

}  // namespace fts
