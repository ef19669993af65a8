// The parameters of a module in graph order, and which share memory.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "compiler/graph/param_graph.hpp"

namespace torch::nn {
class Module;
}

namespace fts::bind {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;                     // the module's own
  std::optional<std::uint32_t> tied_to;  // position of the first one that is the same memory
};

// Every name of every parameter (a shared one under each of its names), in the order of named_parameters().
[[nodiscard]] std::vector<NamedTensor> parameters_of(const torch::nn::Module& module);
// Likewise the buffers.
[[nodiscard]] std::vector<NamedTensor> buffers_of(const torch::nn::Module& module);
// Fills in tied_to: the first earlier tensor that is the same memory with the same shape.
void tie(std::vector<NamedTensor>& tensors);

[[nodiscard]] graph::DType dtype_of(const at::Tensor& tensor);
// LibTorch's dtype; nothing for DType::other.
[[nodiscard]] std::optional<at::ScalarType> scalar_type(graph::DType dtype);

// "Linear" for "torch::nn::LinearImpl", "Net" for "(anonymous namespace)::NetImpl".
[[nodiscard]] std::string type_name(std::string_view demangled);

}  // namespace fts::bind
