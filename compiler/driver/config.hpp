// The configuration of the model at hand. Private to the driver.
#pragma once
#include <string>

#include "compiler/base/diagnostic.hpp"
#include "compiler/graph/model_config.hpp"
#include "compiler/resolve/resolve.hpp"

namespace fts::driver {

// What the file's `model` block says, over the config.json that it names, or else that lies beside the model's file.
// A named one that cannot be read is reported.
[[nodiscard]] graph::ModelConfig config_of(const resolve::Program& program, const std::string& file_folder,
                                           const std::string& model_path, Diagnostics& diagnostics);

}  // namespace fts::driver
