#include "compiler/graph/readers.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "compiler/graph/graph.hpp"
#include "compiler/graph/names.hpp"

namespace fts::graph {

namespace {

namespace fs = std::filesystem;

constexpr std::array kReaders = {
    Reader{"a parameter graph", ".graph.json", is_graph_json, read_graph_json},
    Reader{"a safetensors index", ".safetensors.index.json", is_index, read_index},
    Reader{"a safetensors file", ".safetensors", is_safetensors, read_safetensors},
};

// In a folder: the first of these kinds that is there. Of the first and the last there must be one file only.
constexpr std::array<std::string_view, 5> kInFolder = {".graph.json", ".graph.json.gz", "model.safetensors.index.json",
                                                       "model.safetensors.index.json.gz", ".safetensors"};

std::string known_formats() {
  std::string text;
  for (const Reader& reader : kReaders)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", reader.format, reader.suffix);
  return text;
}

// "model.safetensors" in folder "tiny-bert" is tiny-bert; "gpt2.graph.json.gz" is gpt2.
std::string model_name(const std::string& path) {
  const fs::path full = fs::path(path).lexically_normal();
  std::string stem = full.filename().string();
  stem = stem.substr(0, stem.find('.', 1));
  std::error_code code;
  if (stem == "model") {
    const auto folder = (full.has_parent_path() ? full.parent_path() : fs::current_path(code)).filename().string();
    if (!folder.empty() && folder != "." && folder != "..") return folder;
  }
  return stem;
}

tl::expected<std::string, Error> file_in_folder(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    names.push_back(it->path().filename().string());
  }
  if (code)
    return tl::unexpected(
        make_error(Code::model_unreadable, fmt::format("cannot read '{}': {}", folder, code.message())));
  std::sort(names.begin(), names.end());
  for (const std::string_view kind : kInFolder) {
    std::vector<std::string> found;
    std::copy_if(names.begin(), names.end(), std::back_inserter(found),
                 [&](const std::string& name) { return kind.starts_with('.') ? name.ends_with(kind) : name == kind; });
    if (kind == ".safetensors" && std::count(found.begin(), found.end(), "model.safetensors") == 1)
      found = {"model.safetensors"};
    if (found.size() == 1) return (fs::path(folder) / found.front()).string();
    if (found.size() > 1) {
      return tl::unexpected(make_error(
          Code::model_unreadable,
          fmt::format("the folder '{}' has {} files that end in {}", folder, found.size(), kind),
          fmt::format("name the one that is meant, such as '{}'", (fs::path(folder) / found.front()).string())));
    }
  }
  return tl::unexpected(make_error(Code::model_unreadable, fmt::format("the folder '{}' has no model file", folder),
                                   "it may hold: " + known_formats()));
}

}  // namespace

std::span<const Reader> readers() { return kReaders; }

Error unreadable(const Input& input, std::string_view format, std::string_view fault) {
  return make_error(Code::model_unreadable, fmt::format("cannot read '{}' as {}: {}", input.path, format, fault));
}

tl::expected<ParamGraph, Error> finish(ParamGraphBuilder& builder, const Input& input) {
  auto graph = builder.finish();
  if (graph) return graph;
  for (auto& d : graph.error().diagnostics) d.message = fmt::format("'{}': {}", input.path, d.message);
  return graph;
}

tl::expected<ParamGraph, Error> read_bytes(const std::string& path, Bytes bytes) {
  Input input{path, model_name(path), std::move(bytes)};
  std::string_view name = path;
  if (is_gzip(input.bytes.view())) {
    auto text = inflate(input.bytes.view());
    if (!text) return tl::unexpected(unreadable(input, "gzip", text.error()));
    input.bytes = std::move(*text);
    if (name.ends_with(".gz")) name.remove_suffix(3);
  }
  for (const Reader& reader : kReaders) {
    if (reader.recognises(input.bytes.view())) return reader.read(input);
  }
  for (const Reader& reader : kReaders) {
    if (name.ends_with(reader.suffix)) return reader.read(input);
  }
  return tl::unexpected(make_error(Code::model_unreadable, fmt::format("'{}' is no model file that can be read", path),
                                   "what can be read: " + known_formats()));
}

tl::expected<ParamGraph, Error> read(const std::string& path) {
  std::string file = path;
  std::error_code code;
  if (fs::is_directory(path, code)) {
    auto found = file_in_folder(path);
    if (!found) return tl::unexpected(std::move(found.error()));
    file = std::move(*found);
  }
  auto bytes = Bytes::map(file);
  if (!bytes) return tl::unexpected(make_error(Code::model_unreadable, bytes.error()));
  return read_bytes(file, std::move(*bytes));
}

}  // namespace fts::graph
