// Files that are on the disk when they are said to be, and their checksums.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace fts::checkpoint {

// Checksums are taken over pieces of this many bytes, so that damage can be told by its place.
inline constexpr std::uint64_t kPiece = 256 * 1024;

// What a file held when it was written.
struct FileSum {
  std::uint64_t size = 0;
  std::vector<std::uint64_t> pieces;  // XXH3 (64 bits) of every kPiece bytes; the last one may be shorter
  friend bool operator==(const FileSum&, const FileSum&) = default;
};

// A new file that is written once. Errors are sentences with the path and the system's reason; after one, only the
// destructor may follow.
class DurableFile {
 public:
  [[nodiscard]] static tl::expected<DurableFile, std::string> create(const std::string& path);
  DurableFile(DurableFile&& other) noexcept;
  ~DurableFile();

  [[nodiscard]] tl::expected<void, std::string> write(const void* data, std::size_t size);
  // Syncs and closes.
  [[nodiscard]] tl::expected<FileSum, std::string> finish();

 private:
  DurableFile(std::string path, int fd);
  void digest(const char* data, std::size_t size);
  std::string path_;
  int fd_;
  FileSum sum_;
  void* hash_ = nullptr;  // XXH3's state of the piece that is being written
  std::uint64_t in_piece_ = 0;
};

// Compares a file with its sum; the error names the path and the first byte that may be wrong.
[[nodiscard]] tl::expected<void, std::string> verify(const std::string& path, const FileSum& expected);

// Makes the entries of a folder durable (names made, renamed and removed in it).
[[nodiscard]] tl::expected<void, std::string> sync_folder(const std::string& path);

}  // namespace fts::checkpoint
