// The files of a checkpoint as far as no tensor is needed: which there are, and whether they are what was written.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace fts::checkpoint {

inline constexpr const char* kPlan = "plan.ftsplan";
inline constexpr const char* kState = "state.json";
inline constexpr const char* kModel = "model";  // these two are in tensors_file()s
inline constexpr const char* kOptimizer = "optimizer";
inline constexpr const char* kManifest = "manifest.json";   // the last one: a folder without it is no checkpoint
inline constexpr const char* kUnfinished = ".unfinished-";  // what a folder's name begins with while it is written

// Checksums are taken over pieces of this many bytes, so that damage can be told by its place.
inline constexpr std::uint64_t kPiece = 256 * 1024;

// What a file held when it was written.
struct FileSum {
  std::uint64_t size = 0;
  std::vector<std::uint64_t> pieces;  // XXH3 (64 bits) of every kPiece bytes; the last one may be shorter
  friend bool operator==(const FileSum&, const FileSum&) = default;
};

using Manifest = std::map<std::string, FileSum>;  // by file name

// JSON text that ends with a checksum of itself.
[[nodiscard]] std::string to_text(const Manifest& manifest);
// The error names the byte where the text stops being a manifest, or says that its own checksum differs.
[[nodiscard]] tl::expected<Manifest, std::string> parse_manifest(std::string_view text);

// "model.safetensors"; of several processes that each write a part, "model-00001-of-00003.safetensors" and their index,
// under the names that Hugging Face's libraries read.
[[nodiscard]] std::string tensors_file(std::string_view stem, int part, int parts);
[[nodiscard]] std::string tensors_index(std::string_view stem);
// Those of a manifest, in their order; empty if one is missing.
[[nodiscard]] std::vector<std::string> tensors_files(const Manifest& manifest, std::string_view stem);

// Compares a file with its sum; the error names the path and the first byte that may be wrong.
[[nodiscard]] tl::expected<void, std::string> verify(const std::string& path, const FileSum& expected);
// Holds every file of a checkpoint against its manifest, and gives that. FTS1101 names the file, and the byte where it
// is damaged.
[[nodiscard]] tl::expected<Manifest, Error> verify_all(const std::string& path);

// Whether the folder is one complete checkpoint, not a folder of them and not one that is being written.
[[nodiscard]] bool is_checkpoint(const std::string& path);
// The names of the complete checkpoints below a folder, oldest first; empty if the folder does not exist.
[[nodiscard]] std::vector<std::string> list(const std::string& folder);
// The number at the beginning of a checkpoint's name ("000012-epoch3"), which orders them; 0: it has none.
[[nodiscard]] std::uint64_t sequence_of(const std::string& name);
// The checkpoint that a path means: itself, or the last one below it; FTS1101 if there is none.
[[nodiscard]] tl::expected<std::string, Error> find(const std::string& path);

// FTS1101: the checkpoint at `path` cannot be used, and why.
[[nodiscard]] Error unreadable(const std::string& path, const std::string& why);

}  // namespace fts::checkpoint
