// Layers, and the parameters that they use. Private to tensor_parallel.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/code.hpp"
#include "runtime/shard/tensor_parallel/tensor_parallel.hpp"

namespace fts::shard {

struct TensorParallel::Layer : LayerSpec {
  bool compared = false;  // its first input, over the ranks
};

// A parameter that some layers use in their own way: of a tied weight, an embedding and an output layer.
struct TensorParallel::Tag {
  at::Tensor parameter;
  std::optional<Split> split;
  std::vector<Layer*> weight_of;
  Layer* bias_of = nullptr;
};

inline c10::OperatorHandle aten(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
}

inline Refused unsupported(const std::string& what, const std::string& help) {
  return Refused(make_error(Code::unsupported_at_run_time, what, help));
}

}  // namespace fts::shard
