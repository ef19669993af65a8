// The header of a `.safetensors` file: which tensor lies where. Used by the graph reader and by the runtime's loader.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

// The longest header that the format's reference implementation accepts.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;

struct TensorInfo {
  std::string name;
  DType dtype{};
  std::string dtype_name;  // as written: "F32", "BF16", …
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // byte offsets in the file
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  // in the order of their data
  std::map<std::string, std::string> metadata;
};

// `bytes` is the file's beginning (at least its header), `file_size` its whole size. Checked as the format's reference
// does: header of at most 100 MB, offsets ascending without hole or overlap up to the file's end, sizes equal to shape
// times dtype; names that are there twice are refused. The error is a sentence that names the tensor, without the path.
[[nodiscard]] tl::expected<SafetensorsHeader, std::string> parse_safetensors_header(std::string_view bytes,
                                                                                    std::uint64_t file_size);

}  // namespace fts::graph
