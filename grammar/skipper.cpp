#include "grammar/skipper.hpp"

#include <algorithm>

#include "grammar/tokens.hpp"

namespace fts::grammar {

namespace {

using Whole = std::pair<std::uint32_t, std::uint32_t>;

constexpr char closer_of(char open) { return open == '(' ? ')' : open == '[' ? ']' : '}'; }

// Pairs brackets, strings, regexes and comments in one pass. A brace is stronger than the other brackets: '}' closes
// the brackets left open inside it, while ')' and ']' never close a brace.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Whole> run() {
    while (at_ < text_.size()) step();
    std::sort(wholes_.begin(), wholes_.end());
    return std::move(wholes_);
  }

 private:
  struct Open {
    std::size_t at;
    char closer;
    std::size_t parens, squares;  // open since the last brace, before this one
  };

  void step() {
    const char c = text_[at_];
    const std::size_t begin = at_;
    if (c == '\n') {
      after_operand_ = false;
      unclosed_quote_until_ = unclosed_slash_until_ = 0;
    } else if (c == '#') {
      at_ = line_end(text_, at_);
      return add(begin);
    } else if (c == '"' || (c == '/' && !after_operand_)) {
      if (quoted(c)) return add(begin);
    } else if (c == '(' || c == '[' || c == '{') {
      open(c);
    } else if (c == ')' || c == ']' || c == '}') {
      close(c);
    }
    if (c != ' ' && c != '\t' && c != '\r') {
      after_operand_ = is_word_char(c) || c == ')' || c == ']' || c == '"';
    }
    ++at_;
  }

  void add(std::size_t begin) {
    wholes_.emplace_back(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_));
    after_operand_ = text_[begin] != '#';
  }

  // Moves behind the quote that closes the one here; false if its line has none.
  bool quoted(char quote) {
    std::size_t& unclosed_until = quote == '"' ? unclosed_quote_until_ : unclosed_slash_until_;
    if (at_ < unclosed_until) return false;
    std::size_t i = at_ + 1;
    while (i < text_.size() && text_[i] != '\n' && text_[i] != quote) i += text_[i] == '\\' ? 2 : 1;
    i = std::min(i, text_.size());
    if (i < text_.size() && text_[i] == quote) {
      at_ = i + 1;
      return true;
    }
    unclosed_until = i;
    return false;
  }

  void open(char c) {
    open_.push_back({at_, closer_of(c), parens_, squares_});
    if (c == '{') {
      parens_ = squares_ = 0;
      ++braces_;
    } else {
      ++(c == '(' ? parens_ : squares_);
    }
  }

  void close(char c) {
    const std::size_t candidates = c == '}' ? braces_ : c == ')' ? parens_ : squares_;
    const bool mistaken =
        c != '}' && candidates == 0 && parens_ + squares_ > 0;  // [1, 2) is one bracket with a wrong end
    if (candidates == 0 && !mistaken) return;
    while (!mistaken && open_.back().closer != c) pop();
    wholes_.emplace_back(static_cast<std::uint32_t>(open_.back().at), static_cast<std::uint32_t>(at_ + 1));
    pop();
  }

  void pop() {
    parens_ = open_.back().parens;
    squares_ = open_.back().squares;
    if (open_.back().closer == '}') --braces_;
    open_.pop_back();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Whole> wholes_;
  std::vector<Open> open_;
  std::size_t parens_ = 0, squares_ = 0, braces_ = 0;
  std::size_t unclosed_quote_until_ = 0, unclosed_slash_until_ = 0;  // no second look at the same line
  bool after_operand_ = false;
};

std::uint32_t without_trailing_blanks(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  while (end > begin && is_blank(text[end - 1])) --end;
  return end;
}

std::size_t indentation(std::string_view text, std::size_t line) { return skip_blanks(text, line) - line; }

}  // namespace

Skipper::Skipper(std::string_view text) : wholes_(Scanner(text).run()), text_(text) {}

std::optional<std::uint32_t> Skipper::whole_end(std::uint32_t begin) const {
  const auto found = std::lower_bound(wholes_.begin(), wholes_.end(), Whole{begin, 0});
  if (found == wholes_.end() || found->first != begin) return std::nullopt;
  return found->second;
}

bool Skipper::is_closed(std::uint32_t open) const {
  const auto end = whole_end(open);
  return end && text_[*end - 1] == closer_of(text_[open]);
}

std::uint32_t Skipper::skip(std::uint32_t begin, std::uint32_t fault, StopAt stop) const {
  const std::size_t last_break = text_.substr(begin, fault - begin).rfind('\n');  // looks at no byte before `begin`
  const std::size_t fault_line = last_break == std::string_view::npos ? begin : begin + last_break + 1;
  std::uint32_t at = begin;
  while (at < text_.size()) {
    const char c = text_[at];
    if (at_line_end(text_, at) && at + (c == '\r' ? 2 : 1) >= fault_line) break;
    if (at >= fault) {
      const bool stops =
          c == '}' || c == '#' || (c == '{' && stop == StopAt::body) || (c == ',' && stop == StopAt::item_end);
      if (stops) break;
    }
    const bool may_be_whole = c == '(' || c == '[' || c == '{' || c == '"' || c == '/' || c == '#';
    const auto end = may_be_whole ? whole_end(at) : std::nullopt;
    at = end ? *end : at + 1;
  }
  return without_trailing_blanks(text_, begin, at);
}

std::uint32_t indented_body_end(std::string_view text, std::uint32_t header_begin, std::uint32_t header_end) {
  const std::size_t after = skip_blanks(text, header_end);
  if (!at_line_end(text, after) && text[after] != '#') return header_end;
  const std::size_t header_line = line_begin(text, header_begin);
  const std::size_t depth = indentation(text, header_line);
  std::size_t end = header_end;
  for (std::size_t break_at = text.find('\n', header_end); break_at < text.size();
       break_at = text.find('\n', break_at + 1)) {
    const std::size_t line = break_at + 1;
    const std::size_t first = skip_blanks(text, line);
    if (first >= text.size()) break;
    if (at_line_end(text, first)) continue;
    const bool closes = text[first] == '}' && at_line_end(text, skip_blanks(text, first + 1));
    if (first - line <= depth && !(closes && end != header_end && first - line == depth)) break;
    end = closes && first - line == depth ? first + 1 : line_end(text, first);
    if (first - line == depth) break;
  }
  return static_cast<std::uint32_t>(end);
}

bool next_line_is_no_rule(std::string_view text, std::uint32_t at) {
  for (std::size_t line = text.find('\n', at); line < text.size(); line = text.find('\n', line)) {
    ++line;
    const std::size_t first = skip_blanks(text, line);
    if (first >= text.size()) return false;
    if (at_line_end(text, first) || text[first] == '#') continue;
    return text.substr(first, line_end(text, first) - first).find("=>") == std::string_view::npos;
  }
  return false;
}

}  // namespace fts::grammar
