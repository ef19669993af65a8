// Tensors to and from `.safetensors` files.
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/graph/input.hpp"
#include "compiler/graph/safetensors_header.hpp"

namespace fts::bind {

// An open file. Nothing is read before it is asked for.
class SafetensorsFile {
 public:
  // FTS0801 names the path and what is wrong with the header.
  [[nodiscard]] static tl::expected<SafetensorsFile, Error> open(const std::string& path);

  [[nodiscard]] const graph::SafetensorsHeader& header() const { return header_; }
  // The entry of that name, or null.
  [[nodiscard]] const graph::TensorInfo* find(std::string_view name) const;
  // A copy on the CPU, in the dtype of the file; undefined for a dtype that LibTorch lacks.
  [[nodiscard]] at::Tensor read(const graph::TensorInfo& info) const;
  // Over the file's own memory, without a copy where it is aligned: not to be written to. Keeps the mapping alive.
  [[nodiscard]] at::Tensor view(const graph::TensorInfo& info) const;
  // Copies elements from `begin` on, of the flattened tensor, into `tensor`, as many as that has, converting the dtype
  // where it differs; false for a dtype LibTorch lacks. Nothing else of the file is touched.
  [[nodiscard]] bool read_into(const graph::TensorInfo& info, at::Tensor tensor, std::int64_t begin = 0) const;

 private:
  SafetensorsFile(graph::Bytes file, graph::SafetensorsHeader header);
  std::shared_ptr<const graph::Bytes> file_;
  graph::SafetensorsHeader header_;
  std::map<std::string_view, std::size_t, std::less<>> by_name_;
};

struct TensorToWrite {
  std::string name;
  at::Tensor tensor;
};

// Takes bytes in order; false: they could not be taken, and writing stops.
using ByteSink = std::function<bool(const void* data, std::size_t size)>;

// The whole file through `sink`: the header, padded to 8 bytes, then the data, larger dtypes first so that every tensor
// is aligned. Names must be distinct. False as soon as the sink says so.
[[nodiscard]] bool write_safetensors(const std::vector<TensorToWrite>& tensors,
                                     const std::map<std::string, std::string>& metadata, const ByteSink& sink);

}  // namespace fts::bind
