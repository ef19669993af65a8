// Files for the tests of ftsrun.
#pragma once
#include <torch/torch.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/bind/safetensors.hpp"
#include "tests/runtime/support/tiny_models.hpp"

namespace fts::test {

inline const std::string kScripts = std::string(FTS_SOURCE_DIR) + "/tests/data/torchscript/";

inline std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::string write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

inline std::string write_data(const std::string& path, const std::vector<bind::TensorToWrite>& tensors) {
  std::ofstream out(path, std::ios::binary);
  const bool done = bind::write_safetensors(tensors, {}, [&](const void* data, std::size_t size) {
    return static_cast<bool>(out.write(static_cast<const char*>(data), static_cast<std::streamsize>(size)));
  });
  EXPECT_TRUE(done);
  return path;
}

// Rows for mlp.pt, whose labels can be learned.
inline std::string write_rows(const std::string& path, std::int64_t rows, std::uint64_t seed = 3) {
  const auto x = torch::randn({rows, 8}, at::detail::createCPUGenerator(seed));
  return write_data(path, {{"x", x}, {"y", x.slice(1, 0, 4).argmax(1)}});
}

}  // namespace fts::test
