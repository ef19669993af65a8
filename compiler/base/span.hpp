// A place in a source text: half-open byte range in one file. Lines and columns are computed only when printed.
#pragma once
#include <cstdint>

namespace fts {

using FileId = std::uint32_t;
inline constexpr FileId kNoFile = ~FileId{0};

struct Span {
  FileId file = kNoFile;
  std::uint32_t begin = 0;  // byte offset
  std::uint32_t end = 0;    // exclusive

  [[nodiscard]] bool has_place() const { return file != kNoFile; }
  friend bool operator==(const Span&, const Span&) = default;
};

// The smallest span that covers both; both lie in one file.
[[nodiscard]] inline Span cover(Span a, Span b) {
  return {a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

}  // namespace fts
