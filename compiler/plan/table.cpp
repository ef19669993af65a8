#include "compiler/plan/table.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace fts::plan {

namespace {

constexpr std::size_t kNarrowest = 8;      // a wrapping or cut column is not made narrower
constexpr std::string_view kLines = "2";   // ANSI: dim
constexpr std::string_view kTitles = "1";  // bold

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Words of `text` on lines of at most `width` columns; a newline in it is one here; a word that is too long is cut.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string word = cut(text.substr(at, end - at), width);
    const bool fits = width_of(lines.back()) + 1 + width_of(word) <= width;
    if (lines.back().empty()) {
      lines.back() = word;
    } else if (fits) {
      lines.back() += " " + word;
    } else {
      lines.push_back(word);
    }
    if (end < text.size() && text[end] == '\n') lines.emplace_back();
    at = end + 1;
  }
  return lines;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string cut(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t kept = 0; kept + 1 < width; ++kept) {
    ++end;
    while (end < text.size() && continues(text[end])) ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

Table::Table(std::vector<Column> columns, std::size_t width, bool colour)
    : columns_(std::move(columns)), width_(width), colour_(colour) {}

void Table::row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

std::string Table::paint(std::string_view ansi, std::string text) const {
  return colour_ && !ansi.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", ansi, text) : text;
}

Table::Widths Table::widths() const {
  Widths widths;
  for (const Column& column : columns_) widths.push_back(width_of(column.title));
  for (const auto& row : rows_) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      std::string_view cell = row[c];
      for (std::size_t end = 0; end != std::string_view::npos; cell.remove_prefix(std::min(end, cell.size() - 1) + 1)) {
        end = cell.find('\n');
        widths[c] = std::max(widths[c], width_of(cell.substr(0, end)));
        if (end == std::string_view::npos) break;
      }
    }
  }
  const std::size_t frame = 3 * columns_.size() + 1;
  const std::size_t room = width_ > frame ? width_ - frame : 0;
  for (const bool wrapping : {true, false}) {
    while (std::accumulate(widths.begin(), widths.end(), std::size_t{0}) > room) {
      std::size_t widest = columns_.size();
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        const bool may = columns_[c].wraps == wrapping && !columns_[c].right && widths[c] > kNarrowest;
        if (may && (widest == columns_.size() || widths[c] > widths[widest])) widest = c;
      }
      if (widest == columns_.size()) break;
      --widths[widest];
    }
  }
  return widths;
}

std::string Table::rule(const Widths& widths, std::string_view left, std::string_view middle,
                        std::string_view right) const {
  std::string out(left);
  for (std::size_t c = 0; c < widths.size(); ++c) {
    if (c != 0) out += middle;
    for (std::size_t i = 0; i < widths[c] + 2; ++i) out += "─";
  }
  return paint(kLines, out.append(right)) + "\n";
}

void Table::add_row(std::string& out, const std::vector<std::string>& cells, const Widths& widths,
                    bool is_title) const {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 1;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    const std::string cell = c < cells.size() ? cells[c] : std::string();
    lines.push_back(columns_[c].wraps ? wrap(cell, widths[c]) : std::vector{cut(cell, widths[c])});
    height = std::max(height, lines.back().size());
  }
  const std::string bar = paint(kLines, "│");
  for (std::size_t line = 0; line < height; ++line) {
    for (std::size_t c = 0; c < widths.size(); ++c) {
      const std::string cell = line < lines[c].size() ? lines[c][line] : std::string();
      const std::string space(widths[c] - width_of(cell), ' ');
      const std::string painted = cell.empty() ? cell : paint(is_title ? kTitles : columns_[c].ansi, cell);
      out += bar + " " + (columns_[c].right ? space + painted : painted + space) + " ";
    }
    out += bar + "\n";
  }
}

std::string Table::text() const {
  const Widths width = widths();
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::string out = rule(width, "┌", "┬", "┐");
  add_row(out, titles, width, true);
  out += rule(width, "├", "┼", "┤");
  for (const auto& row : rows_) add_row(out, row, width, false);
  return out += rule(width, "└", "┴", "┘");
}

}  // namespace fts::plan
