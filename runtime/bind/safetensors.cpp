#include "runtime/bind/safetensors.hpp"

#include <algorithm>
#include <cstring>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"
#include "runtime/bind/module_parameters.hpp"

namespace fts::bind {

SafetensorsFile::SafetensorsFile(graph::Bytes file, graph::SafetensorsHeader header)
    : file_(std::make_shared<const graph::Bytes>(std::move(file))), header_(std::move(header)) {
  for (std::size_t i = 0; i < header_.tensors.size(); ++i) by_name_.emplace(header_.tensors[i].name, i);
}

tl::expected<SafetensorsFile, Error> SafetensorsFile::open(const std::string& path) {
  auto file = graph::Bytes::map(path);
  if (!file) return tl::unexpected(make_error(Code::model_unreadable, file.error()));
  auto header = graph::parse_safetensors_header(file->view(), file->view().size());
  if (!header) return tl::unexpected(make_error(Code::model_unreadable, fmt::format("'{}': {}", path, header.error())));
  return SafetensorsFile(std::move(*file), std::move(*header));
}

const graph::TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &header_.tensors[it->second];
}

at::Tensor SafetensorsFile::read(const graph::TensorInfo& info) const {
  const auto type = scalar_type(info.dtype);
  if (!type) return {};
  auto tensor = at::empty(info.shape, at::TensorOptions().dtype(*type));
  const auto bytes = file_->view().substr(info.begin, info.end - info.begin);
  if (!bytes.empty()) std::memcpy(tensor.mutable_data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

at::Tensor SafetensorsFile::view(const graph::TensorInfo& info) const {
  const auto type = scalar_type(info.dtype);
  auto* data = const_cast<char*>(file_->view().data() + info.begin);  // LibTorch knows no tensor of constant memory
  if (!type || reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(*type) != 0) return read(info);
  return at::from_blob(
      data, info.shape, [file = file_](void*) {}, at::TensorOptions().dtype(*type));
}

bool SafetensorsFile::read_into(const graph::TensorInfo& info, at::Tensor tensor, std::int64_t begin) const {
  const at::NoGradGuard no_grad;
  const auto type = scalar_type(info.dtype);
  if (!type) return false;
  const auto size = c10::elementSize(*type);
  const auto count = static_cast<std::size_t>(tensor.numel());
  FTS_CHECK(begin >= 0 && info.begin + (static_cast<std::size_t>(begin) + count) * size <= info.end);
  const auto bytes = file_->view().substr(info.begin + static_cast<std::size_t>(begin) * size, count * size);
  if (bytes.empty()) return true;
  const bool as_it_is = tensor.is_cpu() && tensor.is_contiguous() && tensor.scalar_type() == *type;
  const auto values = as_it_is ? tensor : at::empty(tensor.sizes(), at::TensorOptions().dtype(*type));
  std::memcpy(values.mutable_data_ptr(), bytes.data(), bytes.size());
  if (!as_it_is) tensor.copy_(values);
  return true;
}

bool write_safetensors(const std::vector<TensorToWrite>& tensors, const std::map<std::string, std::string>& metadata,
                       const ByteSink& sink) {
  std::vector<const TensorToWrite*> order;
  for (const auto& t : tensors) order.push_back(&t);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->tensor.element_size() > b->tensor.element_size(); });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto* t : order) {
    const auto name = graph::safetensors_name(dtype_of(t->tensor));
    FTS_CHECK(scalar_type(dtype_of(t->tensor)).has_value());
    header[t->name] = {
        {"dtype", name}, {"shape", t->tensor.sizes().vec()}, {"data_offsets", {offset, offset + t->tensor.nbytes()}}};
    offset += t->tensor.nbytes();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t size = text.size();  // little-endian, as this machine is
  if (!sink(&size, sizeof size) || !sink(text.data(), text.size())) return false;
  for (const auto* t : order) {
    const auto data = t->tensor.detach().cpu().contiguous();
    if (data.nbytes() != 0 && !sink(data.const_data_ptr(), data.nbytes())) return false;
  }
  return true;
}

}  // namespace fts::bind
