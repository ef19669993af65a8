// Inside the stage: from the tensors of a checkpoint, which knows no module, to parameters and buffers.
#pragma once
#include "compiler/graph/param_graph.hpp"
#include "compiler/graph/safetensors_header.hpp"

namespace fts::graph {

// A buffer where its name is a buffer's usual one, else a parameter; of a dtype without gradients (I8, U8, …) a frozen
// one.
void add_tensor(ParamGraphBuilder& builder, const TensorInfo& tensor);

// Names that safetensors' save_model left out because they share another's storage: it writes
// `"left.out": "kept.name"` into the metadata.
void add_tied_names(ParamGraphBuilder& builder, const SafetensorsHeader& header);

}  // namespace fts::graph
