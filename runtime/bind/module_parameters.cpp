#include "runtime/bind/module_parameters.hpp"

#include <unordered_map>

#include <torch/nn/module.h>

namespace fts::bind {

void tie(std::vector<NamedTensor>& tensors) {
  std::unordered_multimap<const void*, std::uint32_t> first;
  for (std::uint32_t i = 0; i < tensors.size(); ++i) {
    const auto& tensor = tensors[i].tensor;
    const auto [begin, end] = first.equal_range(tensor.unsafeGetTensorImpl()->unsafe_storage().unsafeGetStorageImpl());
    for (auto it = begin; it != end && !tensors[i].tied_to; ++it) {
      const auto& other = tensors[it->second].tensor;
      if (other.storage_offset() == tensor.storage_offset() && other.sizes() == tensor.sizes())
        tensors[i].tied_to = it->second;
    }
    if (!tensors[i].tied_to) {
      first.emplace(tensor.unsafeGetTensorImpl()->unsafe_storage().unsafeGetStorageImpl(), i);
    }
  }
}

namespace {

std::vector<NamedTensor> collect(const torch::OrderedDict<std::string, at::Tensor>& dict) {
  std::vector<NamedTensor> all;
  for (const auto& item : dict) {
    if (item.value().defined()) all.push_back({item.key(), item.value(), std::nullopt});
  }
  tie(all);
  return all;
}

}  // namespace

std::vector<NamedTensor> parameters_of(const torch::nn::Module& module) { return collect(module.named_parameters()); }

std::vector<NamedTensor> buffers_of(const torch::nn::Module& module) { return collect(module.named_buffers()); }

graph::DType dtype_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kDouble: return graph::DType::f64;
    case at::kFloat: return graph::DType::f32;
    case at::kHalf: return graph::DType::f16;
    case at::kBFloat16: return graph::DType::bf16;
    case at::kFloat8_e4m3fn: return graph::DType::f8_e4m3;
    case at::kFloat8_e5m2: return graph::DType::f8_e5m2;
    case at::kLong: return graph::DType::i64;
    case at::kInt: return graph::DType::i32;
    case at::kShort: return graph::DType::i16;
    case at::kChar: return graph::DType::i8;
    case at::kByte: return graph::DType::u8;
    case at::kBool: return graph::DType::boolean;
    default: return graph::DType::other;
  }
}

std::optional<at::ScalarType> scalar_type(graph::DType dtype) {
  switch (dtype) {
    case graph::DType::f64: return at::kDouble;
    case graph::DType::f32: return at::kFloat;
    case graph::DType::f16: return at::kHalf;
    case graph::DType::bf16: return at::kBFloat16;
    case graph::DType::f8_e4m3: return at::kFloat8_e4m3fn;
    case graph::DType::f8_e5m2: return at::kFloat8_e5m2;
    case graph::DType::i64: return at::kLong;
    case graph::DType::i32: return at::kInt;
    case graph::DType::i16: return at::kShort;
    case graph::DType::i8: return at::kChar;
    case graph::DType::u8: return at::kByte;
    case graph::DType::boolean: return at::kBool;
    case graph::DType::other: break;
  }
  return std::nullopt;
}

std::string type_name(std::string_view demangled) {
  // Template arguments may hold namespaces of their own: only what stands before the first '<' is cut.
  const auto arguments = demangled.substr(std::min(demangled.find('<'), demangled.size()));
  auto head = demangled.substr(0, demangled.size() - arguments.size());
  if (const auto colons = head.rfind("::"); colons != std::string_view::npos) head.remove_prefix(colons + 2);
  if (head.size() > 4 && head.ends_with("Impl")) head.remove_suffix(4);
  return std::string(head) + std::string(arguments);
}

}  // namespace fts::bind
