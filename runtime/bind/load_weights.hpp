// Weights from `.safetensors` files into a module, by name.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace torch::nn {
class Module;
}

namespace fts {

// Patterns are names in which `*` stands for anything within one piece between dots and `**` for anything at all.
struct LoadOptions {
  std::vector<std::string> allow_missing;     // in the file: these parameters and buffers keep their values
  std::vector<std::string> allow_unexpected;  // in the file, and not in the module
  std::string prefix;                         // put before every name of the file: "bert."
};

// Fills parameters and buffers; a dtype that differs is converted. A tied parameter may stand under any of its names.
// `path` is a file, an index of several (`model.safetensors.index.json`), or a folder with either.
// Nothing is changed unless all fits: FTS1008 has a note for each name that is missing, unexpected or of another shape,
// FTS0801 says why the file cannot be read.
[[nodiscard]] tl::expected<void, Error> load_weights(torch::nn::Module& module, const std::string& path,
                                                     const LoadOptions& options = {});

// Whether a name fits such a pattern.
[[nodiscard]] bool name_matches(std::string_view pattern, std::string_view name);

}  // namespace fts
