#include "runtime/run/load_model.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <dlfcn.h>
#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts {

namespace {

tl::unexpected<Error> unusable(const std::string& path, const std::string& why, std::string help = {}) {
  return tl::unexpected(
      make_error(Code::model_unusable, fmt::format("'{}' cannot be used as a model: {}", path, why), std::move(help)));
}

}  // namespace

tl::expected<std::unique_ptr<Model>, Error> load_model(const std::string& path, const ModelArguments& arguments) {
  std::ifstream in(path, std::ios::binary);
  char magic[4] = {};
  if (!in.read(magic, sizeof magic)) {
    return unusable(path, in.eof() ? "it is no model file" : std::strerror(errno), "is the path right?");
  }
  if (std::memcmp(magic, "\177ELF", 4) == 0) return load_model_library(path, arguments);
  if (!arguments.empty()) return unusable(path, "--model-arg is for model libraries");
  if (std::memcmp(magic, "PK\3\4", 4) == 0) return load_script(path);
  return unusable(
      path, "it is neither TorchScript nor a shared library",
      "export it with torch.jit.script or torch.jit.trace and save(); weights alone are given as --weights");
}

tl::expected<std::unique_ptr<Model>, Error> load_model_library(const std::string& path,
                                                               const ModelArguments& arguments) {
  // A name without a slash would be looked for in the system's folders.
  const auto file = path.find('/') == std::string::npos ? "./" + path : path;
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return unusable(path, ::dlerror());
  const auto entry_of = reinterpret_cast<const ModelEntry* (*)()>(::dlsym(library, "fts_model_entry"));
  if (entry_of == nullptr) return unusable(path, "it registers no model", "write FTS_REGISTER_MODEL(Class) in it");
  const ModelEntry& entry = *entry_of();
  if (entry.abi != kModelAbi) {
    return unusable(path,
                    fmt::format("it was built with version {} of the interface, this is {}", entry.abi, kModelAbi),
                    "build it with the headers of this version");
  }
  if (std::string_view(entry.torch_version) != TORCH_VERSION) {
    return unusable(path, fmt::format("it was built with LibTorch {}, this is {}", entry.torch_version, TORCH_VERSION),
                    "build it with the same LibTorch");
  }
  try {
    return entry.make(arguments);
  } catch (const std::exception& e) {
    return unusable(path, fmt::format("its model '{}' cannot be made: {}", entry.name, e.what()));
  }
}

}  // namespace fts
