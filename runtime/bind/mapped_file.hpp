// A file's bytes, read only, mapped into memory for as long as the object lives.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace fts::bind {

class MappedFile {
 public:
  // The error is a sentence with the path and the system's reason.
  [[nodiscard]] static tl::expected<MappedFile, std::string> open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedFile();

  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile() = default;
  const void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace fts::bind
