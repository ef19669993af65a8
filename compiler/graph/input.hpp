// The bytes of a model file, however they came into memory: mapped, inflated or given.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace fts::graph {

// Owns one mapping or buffer. Behind the bytes lie kPadding readable ones, as simdjson wants them.
class Bytes {
 public:
  static constexpr std::size_t kPadding = 64;

  Bytes() = default;
  Bytes(Bytes&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)), size_(other.size_), room_(other.room_) {}
  Bytes& operator=(Bytes&& other) noexcept;
  ~Bytes();

  // A regular file, read-only. The error is a sentence that names the path and the cause. (Who shortens a file while it
  // is mapped ends the process, as with any mapped file.)
  [[nodiscard]] static tl::expected<Bytes, std::string> map(const std::string& path);
  // Anonymous memory of which `size` bytes will count; pages that nothing touches cost nothing.
  [[nodiscard]] static tl::expected<Bytes, std::string> allocate(std::size_t size);
  [[nodiscard]] static Bytes copy(std::string_view text);

  [[nodiscard]] std::string_view view() const { return {begin_, size_}; }
  [[nodiscard]] char* data() { return begin_; }
  void truncate(std::size_t size) { size_ = size; }

 private:
  char* begin_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;  // length of the mapping
};

// The largest text that inflating may give.
inline constexpr std::size_t kMaxInflated = std::size_t{1} << 30;

[[nodiscard]] bool is_gzip(std::string_view bytes);
// The text of a gzip file (RFC 1952; members one after another are one text). The error is a sentence without the path.
[[nodiscard]] tl::expected<Bytes, std::string> inflate(std::string_view gzip, std::size_t limit = kMaxInflated);
// The text of raw deflate data (RFC 1951), which must have exactly `size` bytes, fewer than 4 GiB.
[[nodiscard]] tl::expected<Bytes, std::string> inflate_raw(std::string_view deflated, std::size_t size);
[[nodiscard]] std::uint32_t crc32_of(std::string_view bytes);

}  // namespace fts::graph
