// Shared by the tests of the graph stage: real files, files made of a header, and what an error says.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "compiler/graph/graph.hpp"
#include "compiler/graph/readers.hpp"

namespace fts::graph {

inline std::string data_path(const std::string& relative) {
  return std::string(FTS_SOURCE_DIR) + "/tests/data/graphs/" + relative;
}

// Every message of an error, one a line; "read" where there is none.
inline std::string messages(const tl::expected<ParamGraph, Error>& graph) {
  if (graph) return "read";
  std::string text;
  for (const auto& d : graph.error().diagnostics) text += (text.empty() ? "" : "\n") + d.message;
  return text;
}

inline tl::expected<ParamGraph, Error> read_text(const std::string& path, std::string_view bytes) {
  return read_bytes(path, Bytes::copy(bytes));
}

// A safetensors file: the header's length, the header, `data` zero bytes.
inline std::string safetensors(std::string_view header, std::size_t data) {
  std::string file(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i));
  return file + std::string(header) + std::string(data, '\0');
}

// The names, in order.
inline std::vector<std::string> parameter_names(const ParamGraph& graph) {
  std::vector<std::string> names;
  for (ParamId id = 0; id < graph.parameter_count(); ++id) names.emplace_back(graph.parameter(id).name);
  return names;
}
inline std::vector<std::string> module_names(const ParamGraph& graph) {
  std::vector<std::string> names;
  for (ModuleId id = 0; id < graph.module_count(); ++id) names.emplace_back(graph.module(id).name);
  return names;
}

// A folder of the test's own, gone at its end.
class TempFolder {
 public:
  TempFolder() : path_((std::filesystem::temp_directory_path() / "fts-graph-XXXXXX").string()) {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  std::string write(const std::string& name, std::string_view bytes) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

 private:
  std::string path_;
};

}  // namespace fts::graph
