#include <fmt/format.h>

#include "compiler/graph/names.hpp"
#include "compiler/graph/readers.hpp"
#include "compiler/graph/safetensors_header.hpp"
#include "compiler/graph/tensors.hpp"

namespace fts::graph {

namespace {

constexpr std::string_view kSafetensors = "a safetensors file";

std::uint64_t length_of_header(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return length;
}

}  // namespace

StoredTensor from_safetensors(const TensorInfo& tensor) {
  const bool is_unsigned = tensor.dtype_name.starts_with('U');  // U16 and wider are `other`
  return {.name = tensor.name,
          .dtype = tensor.dtype,
          .shape = tensor.shape,
          .is_buffer = is_usual_buffer(tensor.name, static_cast<int>(tensor.shape.size())),
          .requires_grad = !is_unsigned && can_have_gradient(tensor.dtype)};
}

bool is_safetensors(std::string_view bytes) {
  return bytes.size() > 8 && bytes[8] == '{' && length_of_header(bytes) <= kMaxSafetensorsHeader;
}

tl::expected<ParamGraph, Error> read_safetensors(const Input& input) {
  const auto header = parse_safetensors_header(input.bytes.view(), input.bytes.view().size());
  if (!header) return tl::unexpected(unreadable(input, kSafetensors, header.error()));
  ParamGraphBuilder builder;
  builder.set_model(input.model);
  for (const TensorInfo& tensor : header->tensors) add_tensor(builder, from_safetensors(tensor));
  add_tied_names(builder, *header);
  return finish(builder, input);
}

void add_tied_names(ParamGraphBuilder& builder, const SafetensorsHeader& header) {
  if (header.metadata.empty()) return;
  std::map<std::string_view, const TensorInfo*> by_name;
  for (const TensorInfo& tensor : header.tensors) by_name.emplace(tensor.name, &tensor);
  for (const auto& [name, kept] : header.metadata) {
    const auto first = by_name.find(kept);
    if (first == by_name.end() || by_name.contains(name) || !name_fault(name).empty()) continue;
    const TensorInfo& tensor = *first->second;
    if (is_usual_buffer(kept, static_cast<int>(tensor.shape.size()))) continue;
    builder.add_parameter(name, tensor.shape, tensor.dtype, true, kept);
  }
}

}  // namespace fts::graph
