#include "runtime/run/save_weights.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "runtime/bind/module_parameters.hpp"
#include "runtime/bind/safetensors.hpp"
#include "runtime/checkpoint/durable.hpp"

namespace fts {

namespace {

tl::expected<void, std::string> write(const std::vector<bind::TensorToWrite>& tensors, const std::string& path) {
  auto file = checkpoint::DurableFile::create(path);
  if (!file) return tl::unexpected(file.error());
  std::string error;
  const bool done = bind::write_safetensors(tensors, {{"format", "pt"}}, [&](const void* data, std::size_t size) {
    auto written = file->write(data, size);
    if (!written) error = written.error();
    return written.has_value();
  });
  if (!done) return tl::unexpected(error);
  if (auto finished = file->finish(); !finished) return tl::unexpected(finished.error());
  return {};
}

}  // namespace

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
  auto written = write(tensors, part);
  if (written) {
    std::filesystem::rename(part, path, error);
    if (error) written = tl::unexpected(fmt::format("'{}' cannot be renamed: {}", part, error.message()));
  }
  if (written) return {};
  return tl::unexpected(make_error(Code::output_taken, fmt::format("the weights were not saved: {}", written.error())));
}

}  // namespace fts
