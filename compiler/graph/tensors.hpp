// Inside the stage: the tensors of a checkpoint, which knows no module, on their way to parameters and buffers.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/graph/param_graph.hpp"
#include "compiler/graph/safetensors_header.hpp"

namespace fts::graph {

struct StoredTensor {
  std::string name;
  DType dtype{};
  std::vector<std::int64_t> shape;
  bool is_buffer = false;
  bool requires_grad = true;
  std::string tied_to;  // the first name in its file that has the same storage, where that is another
};

// Whether a tensor of this dtype can require a gradient: not of whole numbers or booleans.
[[nodiscard]] bool can_have_gradient(DType dtype);

// A buffer where its name is a buffer's usual one, else a parameter; of a dtype without gradients (I8, U8, …) a frozen
// one.
[[nodiscard]] StoredTensor from_safetensors(const TensorInfo& tensor);

// The tensors of a file of torch.save: of its state dict, in its order. (The state dict may lie in a dict, under the
// keys where programs put it.) The error is a sentence without the path, and what to do about it.
struct CheckpointFault {
  std::string text;
  std::string help;
};
[[nodiscard]] tl::expected<std::vector<StoredTensor>, CheckpointFault> checkpoint_tensors(std::string_view file);

void add_tensor(ParamGraphBuilder& builder, const StoredTensor& tensor);

// Names that safetensors' save_model left out because they share another's storage: it writes
// `"left.out": "kept.name"` into the metadata.
void add_tied_names(ParamGraphBuilder& builder, const SafetensorsHeader& header);

}  // namespace fts::graph
