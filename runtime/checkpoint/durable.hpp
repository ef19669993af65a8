// Files that are on the disk when they are said to be.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/plan/checkpoint_files.hpp"
#include "runtime/bind/safetensors.hpp"

namespace fts::checkpoint {

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

// Makes the entries of a folder durable (names made, renamed and removed in it).
[[nodiscard]] tl::expected<void, std::string> sync_folder(const std::string& path);

// A safetensors file that Python reads ("format": "pt"), as a durable file.
[[nodiscard]] tl::expected<FileSum, std::string> write_tensors(const std::string& path,
                                                               const std::vector<bind::TensorToWrite>& tensors);

}  // namespace fts::checkpoint
