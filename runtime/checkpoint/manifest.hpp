// The last file of a checkpoint: what the others hold. A folder without it is no checkpoint.
#pragma once
#include <map>
#include <string>

#include <tl/expected.hpp>

#include "runtime/checkpoint/durable.hpp"

namespace fts::checkpoint {

inline constexpr const char* kManifest = "manifest.json";

using Manifest = std::map<std::string, FileSum>;  // by file name

// JSON text that ends with a checksum of itself.
[[nodiscard]] std::string to_text(const Manifest& manifest);
// The error names the byte where the text stops being a manifest, or says that its own checksum differs.
[[nodiscard]] tl::expected<Manifest, std::string> parse_manifest(std::string_view text);

}  // namespace fts::checkpoint
