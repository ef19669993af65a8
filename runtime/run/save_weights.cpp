#include "runtime/run/save_weights.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/bind/module_parameters.hpp"
#include "runtime/checkpoint/durable.hpp"

namespace fts {

tl::expected<void, Error> save_weights(const torch::nn::Module& module, const std::string& path) {
  std::vector<bind::TensorToWrite> tensors;
  for (const auto& named : {bind::parameters_of(module), bind::buffers_of(module)}) {
    for (const auto& t : named) {
      if (!t.tied_to) tensors.push_back({t.name, t.tensor});
    }
  }
  const auto part = path + ".part";
  std::error_code error;
  std::filesystem::remove(part, error);
  auto written = checkpoint::write_tensors(part, tensors);
  if (written) {
    std::filesystem::rename(part, path, error);
    if (error) written = tl::unexpected(fmt::format("'{}' cannot be renamed: {}", part, error.message()));
  }
  if (written) return {};
  return tl::unexpected(make_error(Code::output_taken, fmt::format("the weights were not saved: {}", written.error())));
}

}  // namespace fts
