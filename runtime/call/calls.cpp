#include "runtime/call/calls.hpp"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <torch/library.h>
#include <torch/nn/module.h>

#include "compiler/base/error.hpp"
#include "runtime/bind/settings.hpp"

namespace fts::calls {

namespace {

using bind::dtype_named;
using bind::value_of;
using nlohmann::json;

Boundary* current = nullptr;

TORCH_LIBRARY_FRAGMENT(fts, library) {
  library.def("call_boundary.v1() -> int", [] { return reinterpret_cast<std::int64_t>(current); });
}

std::optional<CheckpointSettings> checkpoint_of(const json& act_ckpt) {
  if (act_ckpt.is_null()) return std::nullopt;
  const auto arguments = act_ckpt.value("arguments", json::object());
  return CheckpointSettings{.preserve_rng_state = arguments.value("preserve_rng_state", true),
                            .determinism_check = arguments.value("determinism_check", "default") != "none",
                            .debug = arguments.value("debug", false),
                            .offload = act_ckpt.value("mode", "") == "wrapped_offload"};
}

at::Tensor cast(const at::Tensor& tensor, const std::optional<at::ScalarType>& dtype) {
  return dtype && tensor.defined() && tensor.is_floating_point() ? tensor.to(*dtype) : tensor;
}

class Checkpointed final : public Boundary::Scope {
 public:
  explicit Checkpointed(std::shared_ptr<Frame> frame) : frame_(std::move(frame)), saving_(*frame_) {}

 private:
  std::shared_ptr<Frame> frame_;
  SavingScope saving_;
};

}  // namespace

std::unique_ptr<Calls> Calls::of(const plan::Strategy& strategy, const torch::nn::Module& root) {
  std::unordered_map<std::string, const torch::nn::Module*> modules{{"", &root}};
  for (const auto& item : root.named_modules("", false)) modules.emplace(item.key(), item.value().get());
  const auto mixed = value_of(strategy.settings, "mixed_precision");  // of all units
  std::unordered_map<const torch::nn::Module*, Asked> asked;
  std::vector<std::string> absent;
  for (const auto& unit : strategy.units) {
    const bool is_root = unit.module.empty();
    const auto policy = value_of(unit.settings, "mp_policy");
    Asked it{.module = is_root ? "the root" : unit.module,
             .checkpoint = checkpoint_of(value_of(unit.settings, "act_ckpt")),
             .output_dtype = dtype_named(value_of(policy, "output_dtype"))};
    if (policy.is_object() && policy.value("cast_forward_inputs", true))
      it.input_dtype = dtype_named(value_of(policy, "param_dtype"));
    if (mixed.is_object() && mixed.value(is_root ? "cast_root_forward_inputs" : "cast_forward_inputs", is_root))
      it.input_dtype = dtype_named(value_of(mixed, "param_dtype"));
    if (const auto module = modules.find(unit.module); module != modules.end()) {
      if (it.needs_call() || it.input_dtype) asked.emplace(module->second, std::move(it));
    } else if (it.needs_call()) {
      absent.push_back(it.module);
    }
  }
  if (asked.empty() && absent.empty()) return nullptr;
  return std::unique_ptr<Calls>(new Calls(std::move(asked), std::move(absent)));
}

Calls::Calls(std::unordered_map<const torch::nn::Module*, Asked> asked, std::vector<std::string> absent)
    : asked_(std::move(asked)), absent_(std::move(absent)) {
  FTS_CHECK(current == nullptr);
  current = this;
}

Calls::~Calls() { current = nullptr; }

bool Calls::concerns(const torch::nn::Module& layer) {
  const auto asked = asked_.find(&layer);
  if (asked == asked_.end()) return false;
  asked->second.called = true;
  return true;
}

at::Tensor Calls::input(const torch::nn::Module& layer, const at::Tensor& tensor) {
  return cast(tensor, asked_.at(&layer).input_dtype);
}

at::Tensor Calls::output(const torch::nn::Module& layer, const at::Tensor& tensor) {
  return cast(tensor, asked_.at(&layer).output_dtype);
}

std::unique_ptr<Boundary::Scope> Calls::enter(const torch::nn::Module& layer, const std::vector<at::Tensor>& inputs,
                                              Again again) {
  const auto& asked = asked_.at(&layer);
  if (!asked.checkpoint || !at::GradMode::is_enabled()) return nullptr;
  return std::make_unique<Checkpointed>(
      std::make_shared<Frame>(layer, asked.module, *asked.checkpoint, inputs, std::move(again)));
}

std::vector<std::string> Calls::never_called() const {
  auto names = absent_;
  for (const auto& [module, asked] : asked_) {
    if (asked.needs_call() && !asked.called) names.push_back(asked.module);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace fts::calls
