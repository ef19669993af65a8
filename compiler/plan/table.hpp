// Inside the stage: a table of text with light lines that fits a width.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fts::plan {

// Columns that UTF-8 text takes: its code points (no wide ones are expected in names of parameters).
[[nodiscard]] std::size_t width_of(std::string_view text);
// The text, cut with "…" at its end to `width` columns.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);

class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;  // numbers, which are never cut: half a number is another one
    bool wraps = false;  // goes on in the next line, between words, when it is too wide
    std::string_view ansi = {};
  };
  // `columns` are as wide as their widest cell, but the whole at most `width`: then the wrapping columns give way
  // first, and after them texts are cut, the widest first, down to eight columns.
  Table(std::vector<Column> columns, std::size_t width, bool colour);

  void row(std::vector<std::string> cells);
  [[nodiscard]] std::string text() const;

 private:
  using Widths = std::vector<std::size_t>;
  [[nodiscard]] Widths widths() const;
  [[nodiscard]] std::string rule(const Widths& widths, std::string_view left, std::string_view middle,
                                 std::string_view right) const;
  void add_row(std::string& out, const std::vector<std::string>& cells, const Widths& widths, bool is_title) const;
  [[nodiscard]] std::string paint(std::string_view ansi, std::string text) const;

  std::vector<Column> columns_;
  std::size_t width_;
  bool colour_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace fts::plan
