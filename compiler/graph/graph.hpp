// The stage from a model file to a ParamGraph. Every reader is total on hostile bytes: limits, clear errors, no
// over-read.
#pragma once
#include <string>
#include <vector>

#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

// Reads `.graph.json`, `.safetensors`, an index of safetensors or PyTorch shards (with the shards that lie beside it;
// of those that do not, only the names are known), PyTorch's zip checkpoints and TorchScript archives, each also
// gzipped, or a folder that holds one of them, in this order. The reader is chosen by what the bytes are, not only by
// the name. A checkpoint knows neither module types nor the model's order nor, as a rule, which tensors are buffers:
// types are empty, the order is that of the file, buffers are told by their usual names. Errors (FTS0801) name the
// path, the place and what was expected.
[[nodiscard]] tl::expected<ParamGraph, Error> read(const std::string& path);

// The files that an index of shards names, each once, sorted; they lie beside it. Errors (FTS0801) as of read().
[[nodiscard]] tl::expected<std::vector<std::string>, Error> shards_of_index(const std::string& path);

// Whether the file is a TorchScript archive: a module that runs without its program.
[[nodiscard]] bool is_scripted(const std::string& path);

// The graph as `.graph.json` text (format fts-param-graph, version 1), one record a line; read() gives an equal graph.
[[nodiscard]] std::string to_json(const ParamGraph& graph);

}  // namespace fts::graph
