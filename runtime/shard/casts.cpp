#include "runtime/shard/casts.hpp"

#include <optional>
#include <vector>

#include "runtime/shard/stack_tensors.hpp"

namespace fts::shard {

namespace {

const c10::StorageImpl* storage_of(const at::Tensor& tensor) {
  return tensor.defined() && tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl() : nullptr;
}

std::optional<at::ScalarType> find(const std::unordered_map<const c10::StorageImpl*, at::ScalarType>& dtypes,
                                   const at::Tensor& tensor) {
  const auto found = dtypes.find(storage_of(tensor));
  return found == dtypes.end() ? std::nullopt : std::optional(found->second);
}

bool writes(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

bool copies(const c10::OperatorHandle& op) {
  const auto& name = op.operator_name().name;
  return name == "aten::clone" || name == "aten::copy_" || name == "aten::detach";
}

}  // namespace

void Casts::compute_in(const at::Tensor& parameters, at::ScalarType dtype) {
  parameters_.emplace(storage_of(parameters), dtype);
}

void Casts::read_in(const at::Tensor& buffer, at::ScalarType dtype) { buffers_.emplace(storage_of(buffer), dtype); }

void Casts::apply(const c10::OperatorHandle& op, torch::jit::Stack& stack) const {
  const auto& arguments = op.schema().arguments();
  std::optional<at::ScalarType> target;
  each_tensor(stack, arguments.size(), [&](const at::Tensor& tensor, std::size_t i) {
    if (!target && !writes(arguments[i])) target = find(parameters_, tensor);
  });
  if (!target && buffers_.empty()) return;
  if (!target && copies(op)) return;  // a snapshot has a buffer as it is
  const bool is_batch_norm = op.operator_name().name.find("batch_norm") != std::string::npos;
  change_tensors(stack, arguments.size(), [&](at::Tensor& tensor, std::size_t i) {
    if (writes(arguments[i]) || !tensor.defined() || !tensor.is_floating_point()) return false;
    std::optional<at::ScalarType> dtype;
    if (is_batch_norm) {
      if (find(parameters_, tensor)) dtype = at::kFloat;
    } else {
      dtype = target ? target : find(buffers_, tensor);
    }
    if (!dtype || *dtype == tensor.scalar_type()) return false;
    tensor = tensor.to(*dtype);
    return true;
  });
}

}  // namespace fts::shard
