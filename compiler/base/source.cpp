#include "compiler/base/source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace fts {

namespace {
constexpr std::uintmax_t kMaxSourceBytes = std::uintmax_t{64} << 20;

tl::unexpected<std::string> failure(const std::string& path) {
  return tl::unexpected("cannot read '" + path + "': " + std::strerror(errno));
}
}  // namespace

SourceFile::SourceFile(std::string path, std::string text)
    : path_(std::move(path)), text_(std::move(text)), line_starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

Position SourceFile::position(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - line_starts_.begin());
  return {line, offset - line_starts_[line - 1] + 1};
}

std::string_view SourceFile::line(std::uint32_t number) const {
  if (number == 0 || number > line_starts_.size()) return {};
  const std::size_t begin = line_starts_[number - 1];
  const std::size_t end = number < line_starts_.size() ? line_starts_[number] - 1 : text_.size();
  auto text = std::string_view(text_).substr(begin, end - begin);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

FileId SourceMap::add(std::string path, std::string text) {
  files_.emplace_back(std::move(path), std::move(text));
  return static_cast<FileId>(files_.size() - 1);
}

tl::expected<FileId, std::string> SourceMap::read(const std::string& path) {
  const std::string shown = path == "-" ? "<stdin>" : path;
  if (const auto kept = overlay_.find(path); kept != overlay_.end()) return add(shown, kept->second);
  if (path == "-") return read_stream(std::cin, shown);
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) return tl::unexpected("there is no file '" + path + "'");
  if (std::filesystem::is_directory(status)) return tl::unexpected("'" + path + "' is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return failure(path);
  return read_stream(in, path);
}

tl::expected<FileId, std::string> SourceMap::read_stream(std::istream& in, const std::string& path) {
  std::string text;
  char block[1 << 16];
  while (in.read(block, sizeof block) || in.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kMaxSourceBytes) return tl::unexpected("'" + path + "' is larger than 64 MiB");
  }
  if (in.bad()) return failure(path);
  return add(path, std::move(text));
}

std::string_view SourceMap::text(Span span) const {
  if (!span.has_place()) return {};
  return files_[span.file].text().substr(span.begin, span.end - span.begin);
}

}  // namespace fts
