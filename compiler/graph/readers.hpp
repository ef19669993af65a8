// Inside the stage: the list of file formats. A new format is one new file and one line in readers.cpp.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/graph/input.hpp"
#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

struct Input {
  std::string path;   // as given; says where the shards of an index lie
  std::string model;  // what to call the model where the file does not say
  Bytes bytes;        // inflated where the file is gzip
};

struct Reader {
  std::string_view format;    // for messages: "a .safetensors file"
  std::string_view suffixes;  // of the file's name, apart by spaces; for when no reader knows the bytes
  bool (*recognises)(std::string_view bytes);
  tl::expected<ParamGraph, Error> (*read)(const Input& input);
};

[[nodiscard]] std::span<const Reader> readers();

// What read() does once the bytes are there: inflates gzip and picks the reader. `path` need not exist.
[[nodiscard]] tl::expected<ParamGraph, Error> read_bytes(const std::string& path, Bytes bytes);

// FTS0801 "cannot read 'path' as <format>: <fault>".
[[nodiscard]] Error unreadable(const Input& input, std::string_view format, std::string_view fault,
                               std::string help = {});
// finish() with the path in front of each fault.
[[nodiscard]] tl::expected<ParamGraph, Error> finish(ParamGraphBuilder& builder, const Input& input);

// The readers, one file each.
[[nodiscard]] bool is_graph_json(std::string_view bytes);
[[nodiscard]] tl::expected<ParamGraph, Error> read_graph_json(const Input& input);
[[nodiscard]] bool is_index(std::string_view bytes);
[[nodiscard]] tl::expected<ParamGraph, Error> read_index(const Input& input);
[[nodiscard]] bool is_safetensors(std::string_view bytes);
[[nodiscard]] tl::expected<ParamGraph, Error> read_safetensors(const Input& input);
[[nodiscard]] bool is_torchscript(std::string_view bytes);
[[nodiscard]] tl::expected<ParamGraph, Error> read_torchscript(const Input& input);
[[nodiscard]] bool is_checkpoint(std::string_view bytes);
[[nodiscard]] tl::expected<ParamGraph, Error> read_checkpoint(const Input& input);

}  // namespace fts::graph
