#include "runtime/checkpoint/manifest.hpp"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

namespace fts::checkpoint {

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

}  // namespace fts::checkpoint
