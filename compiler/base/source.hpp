// Source texts, kept as they were read, and the only place that knows lines and columns.
#pragma once
#include <deque>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/span.hpp"

namespace fts {

// Line and column, both from 1; columns count UTF-8 bytes.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend bool operator==(const Position&, const Position&) = default;
};

class SourceFile {
 public:
  SourceFile(std::string path, std::string text);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  // The position of a byte offset; offsets behind the end give the end.
  [[nodiscard]] Position position(std::uint32_t offset) const;
  // The text of a line (from 1), without its line break.
  [[nodiscard]] std::string_view line(std::uint32_t number) const;

 private:
  std::string path_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
};

// All texts of one compilation; spans point into them. References stay valid when files are added.
class SourceMap {
 public:
  FileId add(std::string path, std::string text);
  // Reads a file of at most 64 MiB, or stdin for "-"; the error is a sentence that names the path and the cause.
  [[nodiscard]] tl::expected<FileId, std::string> read(const std::string& path);
  // From now on read(path) gives this text.
  void overlay(const std::string& path, std::string text) { overlay_[path] = std::move(text); }

  [[nodiscard]] const SourceFile& file(FileId id) const { return files_[id]; }
  [[nodiscard]] std::string_view text(Span span) const;
  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  [[nodiscard]] tl::expected<FileId, std::string> read_stream(std::istream& in, const std::string& path);

  std::deque<SourceFile> files_;
  std::map<std::string, std::string> overlay_;
};

}  // namespace fts
