#include "compiler/graph/tensors.hpp"

namespace fts::graph {

bool can_have_gradient(DType dtype) {
  switch (dtype) {
    case DType::i64:
    case DType::i32:
    case DType::i16:
    case DType::i8:
    case DType::u8:
    case DType::boolean: return false;
    default: return true;
  }
}

void add_tensor(ParamGraphBuilder& builder, const StoredTensor& tensor) {
  if (tensor.is_buffer)
    builder.add_buffer(tensor.name, tensor.shape, tensor.dtype);
  else
    builder.add_parameter(tensor.name, tensor.shape, tensor.dtype, tensor.requires_grad, tensor.tied_to);
}

}  // namespace fts::graph
