// A module's weights as a `.safetensors` file.
#pragma once
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace torch::nn {
class Module;
}

namespace fts {

// Parameters and buffers by name, a tied one under its first. The file is whole and on the disk, or not there (or what
// it was before). FTS1306 says why it cannot be written.
[[nodiscard]] tl::expected<void, Error> save_weights(const torch::nn::Module& module, const std::string& path);

}  // namespace fts
