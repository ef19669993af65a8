// Where reading goes on after a fault: a lexical look at the text, made once, when the first fault needs it.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace fts::grammar {

enum class StopAt {
  item_end,  // a line break, a ',' or a '}' outside of brackets
  line_end,  // those without ','
  body,      // a line break, a '}' or a '{'
};

class Skipper {
 public:
  explicit Skipper(std::string_view text);

  // The end of the faulty text that begins at `begin`, where the fault is at `fault`: nothing before the fault's line
  // ends it, so that text is never read a second time for one fault. Trailing blanks are left out.
  [[nodiscard]] std::uint32_t skip(std::uint32_t begin, std::uint32_t fault, StopAt stop) const;

  // Whether the bracket at `open` is closed somewhere, by one of its kind.
  [[nodiscard]] bool is_closed(std::uint32_t open) const;

 private:
  // Opening brackets with their closing ones, strings, regexes and comments: first byte and the one behind the last.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> wholes_;
  std::string_view text_;

  [[nodiscard]] std::optional<std::uint32_t> whole_end(std::uint32_t begin) const;
};

// The end of the lines from `header_end` on that are indented deeper than the header's line, and of a line behind
// them that is a '}' alone: what a body without its '{' looks like. Returns header_end if there are none.
[[nodiscard]] std::uint32_t indented_body_end(std::string_view text, std::uint32_t header_begin,
                                              std::uint32_t header_end);

// Whether there is a next line with text in it, from the line break at `at` on, and no '=>' on it.
[[nodiscard]] bool next_line_is_no_rule(std::string_view text, std::uint32_t at);

}  // namespace fts::grammar
