// The formatter's output: lines, each perhaps with a comment behind it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fts::grammar {

// The display columns of UTF-8 text: its code points.
[[nodiscard]] std::size_t columns(std::string_view text);

// Splits neighbours into runs that are aligned together: each as long as its widths differ by at most `spread`.
// Returns, for each, the width to fill up to.
[[nodiscard]] std::vector<std::size_t> align(const std::vector<std::size_t>& widths, std::size_t spread);

class Lines {
 public:
  // Appends to the present line, or to the one that is due.
  void write(std::string_view text);
  // A space before the next text, unless that begins a line.
  void space() { space_ = true; }
  // Spaces up to `column` and one more before the next text.
  void fill(std::size_t column);
  // What comes next begins a line.
  void end_line(std::size_t indent);
  // As end_line, with an empty line between.
  void end_paragraph(std::size_t indent);
  // A comment behind the present line, or on a line of its own; what comes next begins a line.
  void comment(std::string_view text, bool own_line, std::size_t indent);
  // Text that may hold line breaks and is not touched.
  void copy(std::string_view text);

  // Where the next text will stand, from 0.
  [[nodiscard]] std::size_t column() const;
  // The whole text, comments aligned.
  [[nodiscard]] std::string text() &&;

 private:
  struct Line {
    std::string text, comment;
  };
  std::vector<Line> lines_;
  std::size_t indent_ = 0;
  bool due_ = true;  // the next text begins a line
  bool space_ = false;
};

}  // namespace fts::grammar
