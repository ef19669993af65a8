// A model file to a model: TorchScript (`.pt`, `.pth`, `.ts`) or a model library (`.so`).
#pragma once
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "runtime/run/model.hpp"

namespace fts {

// By the file's first bytes, not its name. FTS1302: neither of the two, or one that cannot be used, with the reason.
[[nodiscard]] tl::expected<std::unique_ptr<Model>, Error> load_model(const std::string& path,
                                                                     const ModelArguments& arguments = {});

// A TorchScript module whose `forward` takes tensors by name and returns the loss, or a dict of tensors with `loss`.
// Its module() has the script's parameters, buffers, submodules and their class names. Tensors that are the same memory
// become the same tensor, as they were in Python. FTS1302.
[[nodiscard]] tl::expected<std::unique_ptr<Model>, Error> load_script(const std::string& path);

// A library with FTS_REGISTER_MODEL, which stays loaded. FTS1302: it cannot be loaded, registers no model, or was built
// with another version of the interface or of LibTorch.
[[nodiscard]] tl::expected<std::unique_ptr<Model>, Error> load_model_library(const std::string& path,
                                                                             const ModelArguments& arguments);

}  // namespace fts
