#include "compiler/plan/checkpoint_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/input.hpp"

namespace fts::checkpoint {

namespace fs = std::filesystem;

namespace {

constexpr int kVersion = 1;

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

std::uint64_t from_hex(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::string checksum(const nlohmann::json& body) {
  const auto text = body.dump();
  return hex(XXH3_64bits(text.data(), text.size()));
}

Manifest read(const nlohmann::json& files) {
  Manifest manifest;
  for (const auto& [name, file] : files.items()) {
    FileSum sum;
    sum.size = file.at("size").get<std::uint64_t>();
    for (const auto& piece : file.at("xxh3")) sum.pieces.push_back(from_hex(piece.get<std::string>()));
    manifest.emplace(name, std::move(sum));
  }
  return manifest;
}

}  // namespace

std::string to_text(const Manifest& manifest) {
  nlohmann::json files = nlohmann::json::object();
  for (const auto& [name, sum] : manifest) {
    auto& pieces = files[name]["xxh3"] = nlohmann::json::array();
    for (const auto piece : sum.pieces) pieces.push_back(hex(piece));
    files[name]["size"] = sum.size;
  }
  nlohmann::json body = {{"format", "fts-checkpoint"}, {"version", kVersion}, {"piece", kPiece}, {"files", files}};
  body["checksum"] = checksum(body);
  return body.dump(1) + "\n";
}

tl::expected<Manifest, std::string> parse_manifest(std::string_view text) {
  try {
    auto body = nlohmann::json::parse(text);
    if (body.value("format", "") != "fts-checkpoint")
      return tl::unexpected(std::string("it is no manifest of a checkpoint"));
    if (const int version = body.at("version").get<int>(); version != kVersion) {
      return tl::unexpected(fmt::format("its version is {}; this program reads version {}", version, kVersion));
    }
    const auto stored = body.at("checksum").get<std::string>();
    body.erase("checksum");
    if (stored != checksum(body)) return tl::unexpected(std::string("it is damaged: its own checksum differs"));
    if (body.at("piece").get<std::uint64_t>() != kPiece)
      return tl::unexpected(std::string("its pieces have another size"));
    return read(body.at("files"));
  } catch (const nlohmann::json::parse_error& e) {
    return tl::unexpected(fmt::format("it is damaged at byte {}", e.byte));
  } catch (const nlohmann::json::exception& e) {
    return tl::unexpected(fmt::format("it is damaged: {}", e.what()));
  }
}

std::string tensors_file(std::string_view stem, int part, int parts) {
  return parts == 1 ? fmt::format("{}.safetensors", stem)
                    : fmt::format("{}-{:05}-of-{:05}.safetensors", stem, part + 1, parts);
}

std::string tensors_index(std::string_view stem) { return fmt::format("{}.safetensors.index.json", stem); }

std::vector<std::string> tensors_files(const Manifest& manifest, std::string_view stem) {
  const auto index = manifest.contains(tensors_index(stem));
  const auto begin = fmt::format("{}-", stem);
  const auto parts = std::ranges::count_if(manifest, [&](const auto& file) { return file.first.starts_with(begin); });
  std::vector<std::string> names;
  for (int part = 0; part < (index ? static_cast<int>(parts) : 1); ++part)
    names.push_back(tensors_file(stem, part, index ? static_cast<int>(parts) : 1));
  const bool all = std::ranges::all_of(names, [&](const auto& name) { return manifest.contains(name); });
  return all ? names : std::vector<std::string>();
}

tl::expected<void, std::string> verify(const std::string& path, const FileSum& expected) {
  const auto file = graph::Bytes::map(path);
  if (!file) return tl::unexpected(file.error());
  const auto bytes = file->view();
  if (bytes.size() < expected.size) {
    return tl::unexpected(
        fmt::format("'{}' ends at byte {}; it was written with {}", path, bytes.size(), expected.size));
  }
  if (bytes.size() > expected.size) {
    return tl::unexpected(fmt::format("'{}' has {} bytes; it was written with {}, so byte {} is not its own", path,
                                      bytes.size(), expected.size, expected.size));
  }
  for (std::size_t i = 0; i < expected.pieces.size(); ++i) {
    const auto piece = bytes.substr(i * kPiece, kPiece);
    if (XXH3_64bits(piece.data(), piece.size()) == expected.pieces[i]) continue;
    return tl::unexpected(
        fmt::format("'{}' is damaged between byte {} and byte {}", path, i * kPiece, i * kPiece + piece.size() - 1));
  }
  return {};
}

Error unreadable(const std::string& path, const std::string& why) {
  return make_error(Code::checkpoint_unreadable, fmt::format("the checkpoint '{}' cannot be used: {}", path, why),
                    "remove its folder to continue from the one before it");
}

tl::expected<Manifest, Error> verify_all(const std::string& path) {
  const auto at = fs::path(path);
  const auto text = graph::Bytes::map(at / kManifest);
  if (!text) return tl::unexpected(unreadable(path, text.error()));
  auto manifest = parse_manifest(text->view());
  if (!manifest)
    return tl::unexpected(unreadable(path, fmt::format("'{}': {}", (at / kManifest).string(), manifest.error())));
  for (const char* name : {kPlan, kState}) {
    if (!manifest->contains(name))
      return tl::unexpected(unreadable(path, fmt::format("its manifest does not name '{}'", name)));
  }
  for (const char* stem : {kModel, kOptimizer}) {
    if (tensors_files(*manifest, stem).empty())
      return tl::unexpected(unreadable(path, fmt::format("its manifest does not name all files of its {}", stem)));
  }
  for (const auto& [name, sum] : *manifest) {
    if (auto same = verify(at / fs::path(name).filename(), sum); !same)
      return tl::unexpected(unreadable(path, same.error()));
  }
  return std::move(*manifest);
}

bool is_checkpoint(const std::string& path) {
  std::error_code error;
  return !fs::path(path).filename().string().starts_with(kUnfinished) &&
         fs::is_regular_file(fs::path(path) / kManifest, error);
}

std::uint64_t sequence_of(const std::string& name) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error != std::errc() || end == name.data() + name.size() || *end != '-' ? 0 : number;
}

std::vector<std::string> list(const std::string& folder) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename().string();
    if (sequence_of(name) != 0 && is_checkpoint(it->path())) found.emplace_back(sequence_of(name), name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [sequence, name] : found) names.push_back(std::move(name));
  return names;
}

tl::expected<std::string, Error> find(const std::string& path) {
  // "runs/a/", as a shell completes it, is "runs/a": a checkpoint's name and folder are taken from its path.
  auto own = path.substr(0, path.find_last_not_of('/') + 1);
  if (is_checkpoint(own)) return own;
  const auto names = list(path);
  if (!names.empty()) return (fs::path(own) / names.back()).string();
  return tl::unexpected(make_error(Code::checkpoint_unreadable, fmt::format("there is no checkpoint in '{}'", own)));
}

}  // namespace fts::checkpoint
