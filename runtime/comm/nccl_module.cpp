#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/comm/backend.hpp"

namespace fts::comm {

namespace {

constexpr const char* kFile = "libfts_nccl.so";
constexpr const char* kEntry = "fts_make_nccl";

bool has_cuda_device() { return std::filesystem::exists("/dev/nvidiactl") || std::filesystem::exists("/dev/dxg"); }

// Beside the library or program that this code is linked into.
std::string module_path() {
  if (const char* given = std::getenv("FTS_NCCL_MODULE")) return given;
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&nccl_module), &self) == 0) return kFile;
  return (std::filesystem::path(self.dli_fname).parent_path() / kFile).string();
}

}  // namespace

MakeBackend nccl_module() {
  static const MakeBackend make = []() -> MakeBackend {
    if (!has_cuda_device()) return nullptr;
    void* module = dlopen(module_path().c_str(), RTLD_NOW | RTLD_GLOBAL);
    return module == nullptr ? nullptr : reinterpret_cast<MakeBackend>(dlsym(module, kEntry));
  }();
  return make;
}

}  // namespace fts::comm
