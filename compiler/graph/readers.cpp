#include "compiler/graph/readers.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/graph.hpp"
#include "compiler/graph/names.hpp"

namespace fts::graph {

namespace {

namespace fs = std::filesystem;

constexpr std::array kReaders = {
    Reader{"a parameter graph", ".graph.json", is_graph_json, read_graph_json},
    Reader{"a safetensors index", ".index.json", is_index, read_index},
    Reader{"a safetensors file", ".safetensors", is_safetensors, read_safetensors},
    Reader{"a TorchScript archive", ".pt .ptl", is_torchscript, read_torchscript},
    Reader{"a PyTorch checkpoint", ".bin .pt .pth .ckpt", is_checkpoint, read_checkpoint},
};

// What a folder is searched for: files that end so, the first kind that is there. Of several, `preferred` is taken;
// where that is not there, they are too many.
struct FolderKind {
  std::string_view suffix, preferred;
};
constexpr std::array kInFolder = {
    FolderKind{".graph.json", {}},
    FolderKind{".graph.json.gz", {}},
    FolderKind{"model.safetensors.index.json", "model.safetensors.index.json"},
    FolderKind{"model.safetensors.index.json.gz", "model.safetensors.index.json.gz"},
    FolderKind{".safetensors", "model.safetensors"},
    FolderKind{"pytorch_model.bin.index.json", "pytorch_model.bin.index.json"},
    FolderKind{".bin", "pytorch_model.bin"},
    FolderKind{".pt", "model.pt"},
    FolderKind{".pth", "model.pth"},
    FolderKind{".ckpt", "last.ckpt"},
};

std::string known_formats() {
  std::string text;
  for (const Reader& reader : kReaders)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", reader.format, reader.suffixes);
  return text;
}

bool has_suffix(std::string_view name, std::string_view suffixes) {
  while (!suffixes.empty()) {
    const auto end = std::min(suffixes.find(' '), suffixes.size());
    if (name.ends_with(suffixes.substr(0, end))) return true;
    suffixes.remove_prefix(std::min(end + 1, suffixes.size()));
  }
  return false;
}

// "model.safetensors" in folder "tiny-bert" is tiny-bert; "gpt2.graph.json.gz" is gpt2.
std::string model_name(const std::string& path) {
  const fs::path full = fs::path(path).lexically_normal();
  std::string stem = full.filename().string();
  stem = stem.substr(0, stem.find('.', 1));
  std::error_code code;
  if (stem == "model" || stem == "pytorch_model") {
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
  for (const FolderKind& kind : kInFolder) {
    std::vector<std::string> found;
    std::copy_if(names.begin(), names.end(), std::back_inserter(found),
                 [&](const std::string& name) { return name.ends_with(kind.suffix); });
    if (std::count(found.begin(), found.end(), kind.preferred) == 1) found = {std::string(kind.preferred)};
    if (found.size() == 1) return (fs::path(folder) / found.front()).string();
    if (found.size() > 1) {
      return tl::unexpected(make_error(
          Code::model_unreadable,
          fmt::format("the folder '{}' has {} files that end in {}", folder, found.size(), kind.suffix),
          fmt::format("name the one that is meant, such as '{}'", (fs::path(folder) / found.front()).string())));
    }
  }
  return tl::unexpected(make_error(Code::model_unreadable, fmt::format("the folder '{}' has no model file", folder),
                                   "it may hold: " + known_formats()));
}

}  // namespace

std::span<const Reader> readers() { return kReaders; }

Error unreadable(const Input& input, std::string_view format, std::string_view fault, std::string help) {
  return make_error(Code::model_unreadable, fmt::format("cannot read '{}' as {}: {}", input.path, format, fault),
                    std::move(help));
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
    if (has_suffix(name, reader.suffixes)) return reader.read(input);
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
