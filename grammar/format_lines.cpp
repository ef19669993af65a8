#include "grammar/format_lines.hpp"

#include <algorithm>

namespace fts::grammar {

namespace {
constexpr std::size_t kCommentSpread = 40;  // a comment is moved to the right by at most that
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::size_t> align(const std::vector<std::size_t>& widths, std::size_t spread) {
  std::vector<std::size_t> result;
  while (result.size() < widths.size()) {
    std::size_t least = widths[result.size()], greatest = least, end = result.size() + 1;
    for (; end < widths.size(); ++end) {
      const std::size_t next = widths[end];
      if (std::max(greatest, next) - std::min(least, next) > spread) break;
      least = std::min(least, next);
      greatest = std::max(greatest, next);
    }
    result.resize(end, greatest);
  }
  return result;
}

void Lines::write(std::string_view text) {
  if (due_) {
    lines_.push_back({std::string(indent_, ' '), {}});
  } else if (space_) {
    lines_.back().text += ' ';
  }
  due_ = space_ = false;
  lines_.back().text += text;
}

void Lines::fill(std::size_t column) {
  space_ = false;
  while (!due_ && this->column() < column) lines_.back().text += ' ';
  space_ = true;
}

void Lines::end_line(std::size_t indent) {
  due_ = true;
  space_ = false;
  indent_ = indent;
}

void Lines::end_paragraph(std::size_t indent) {
  if (!lines_.empty()) lines_.emplace_back();
  end_line(indent);
}

void Lines::comment(std::string_view text, bool own_line, std::size_t indent) {
  while (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\r')) text.remove_suffix(1);
  if (!own_line && !lines_.empty() && !due_) {
    lines_.back().comment = text;
  } else {
    if (!due_) end_line(indent);
    write(text);
  }
  end_line(indent);
}

void Lines::copy(std::string_view text) {
  write("");
  for (const char c : text) {
    while (c == '\n' && lines_.back().text.ends_with('\r')) lines_.back().text.pop_back();
    lines_.back().text += c;
  }
}

std::size_t Lines::column() const {
  if (due_) return indent_;
  const std::string& text = lines_.back().text;
  const std::size_t last = text.rfind('\n');
  return columns(last == std::string::npos ? std::string_view(text) : std::string_view(text).substr(last + 1)) +
         (space_ ? 1 : 0);
}

std::string Lines::text() && {
  std::string out;
  for (std::size_t i = 0; i < lines_.size();) {
    std::vector<std::size_t> widths;  // of the lines with comments from here on
    for (std::size_t k = i; k < lines_.size() && !lines_[k].comment.empty(); ++k)
      widths.push_back(columns(lines_[k].text));
    for (const std::size_t width : align(widths, kCommentSpread)) {
      const Line& line = lines_[i++];
      const std::size_t own = columns(line.text);
      out += line.text + std::string(width - own + 2, ' ') + line.comment + '\n';
    }
    if (i < lines_.size() && lines_[i].comment.empty()) out += lines_[i++].text + '\n';
  }
  return out;
}

}  // namespace fts::grammar
