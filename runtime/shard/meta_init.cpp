#include "runtime/shard/meta_init.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <ATen/ops/empty_strided.h>

#include "runtime/shard/stack_tensors.hpp"
#include "runtime/shard/tap.hpp"

namespace fts {

namespace {

constexpr std::size_t kSmall = std::size_t{16} << 10;

thread_local bool on = false;

bool has_no_memory(const at::Tensor& tensor) {
  return tensor.defined() && tensor.has_storage() && tensor.numel() > 0 && tensor.storage().nbytes() == 0 &&
         !tensor.is_meta();
}

at::Tensor to_meta(const at::Tensor& tensor) {
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta).requires_grad(false));
}

// On the CPU, with an empty storage of its own.
at::Tensor without_memory(const at::Tensor& meta) {
  c10::Storage storage(c10::Storage::use_byte_size_t(), 0, c10::DataPtr(nullptr, at::kCPU), c10::GetAllocator(at::kCPU),
                       true);
  auto tensor = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), c10::DispatchKeySet(c10::DispatchKey::CPU),
                                                         meta.dtype());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(meta.sizes(), meta.strides());
  return tensor;
}

}  // namespace

struct MetaInit::State final : shard::TapHandler {
  bool handle(const c10::OperatorHandle& op, torch::jit::Stack& stack) override {
    if (!on) return false;
    const auto count = op.schema().arguments().size();
    bool any = false, any_without_memory = false;
    shard::each_tensor(stack, count, [&](const at::Tensor& tensor, std::size_t) {
      any = any || tensor.defined();
      any_without_memory = any_without_memory || has_no_memory(tensor);
    });
    if (any) return any_without_memory && compute(op, stack);
    return make(op, stack);
  }

 private:
  // An operator that makes a tensor from its arguments alone; false: an ordinary one, or a small one.
  static bool make(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
    const auto& arguments = op.schema().arguments();
    const auto device =
        std::ranges::find_if(arguments, [](const auto& argument) { return argument.name() == "device"; });
    if (device == arguments.end()) return false;
    torch::jit::Stack on_meta(stack.end() - static_cast<std::ptrdiff_t>(arguments.size()), stack.end());
    on_meta[static_cast<std::size_t>(device - arguments.begin())] = c10::Device(c10::kMeta);
    op.callBoxed(on_meta);
    if (on_meta.size() != 1 || !on_meta.front().isTensor()) return false;
    const auto made = on_meta.front().toTensor();
    if (made.nbytes() <= kSmall) return false;
    torch::jit::drop(stack, arguments.size());
    stack.emplace_back(without_memory(made));
    return true;
  }

  // One whose result has no memory, since an input has none.
  static bool compute(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
    const auto& schema = op.schema();
    const auto count = schema.arguments().size();
    const std::vector<c10::IValue> given(stack.end() - static_cast<std::ptrdiff_t>(count), stack.end());
    shard::change_tensors(stack, count, [](at::Tensor& tensor, std::size_t) {
      if (!has_no_memory(tensor)) return false;
      tensor = to_meta(tensor);
      return true;
    });
    op.callBoxed(stack);
    shard::change_tensors(stack, schema.returns().size(), [&](at::Tensor& result, std::size_t i) {
      const auto written = written_argument(schema, i);
      if (!written && !(result.defined() && result.is_meta())) return false;
      result = written ? given[*written].toTensor() : without_memory(result);
      return true;
    });
    return true;
  }

  // The argument that an operator in place gives back.
  static std::optional<std::size_t> written_argument(const c10::FunctionSchema& schema, std::size_t result) {
    const auto* alias = schema.returns()[result].alias_info();
    if (alias == nullptr || !alias->isWrite()) return std::nullopt;
    const auto& arguments = schema.arguments();
    const auto found = std::ranges::find_if(arguments, [&](const c10::Argument& argument) {
      return argument.alias_info() != nullptr && *argument.alias_info() == *alias;
    });
    return found == arguments.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - arguments.begin()));
  }

  shard::Tap tap_{*this};
};

MetaInit::MetaInit() : state_(std::make_unique<State>()) { on = true; }
MetaInit::~MetaInit() { on = false; }
MetaInit::Pause::Pause() : was_on_(std::exchange(on, false)) {}
MetaInit::Pause::~Pause() { on = was_on_; }

}  // namespace fts
