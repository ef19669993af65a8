#include "grammar/tokens.hpp"

#include <algorithm>
#include <array>

namespace fts::grammar {

namespace {

constexpr std::size_t kShown = 24;  // bytes of a token that a message shows

constexpr std::array<std::string_view, 16> kOperators = {
    "=>", "->", "==", "!=", "<=", ">=", ":=", "+=", "-=", "*=", "..", "**", "//", "&&", "||", "::"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_word_char(text[at])) ++at;
  return at;
}

std::size_t number_end(std::string_view text, std::size_t at) {
  at = word_end(text, at);
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) at = word_end(text, at + 1);
  if (at + 1 < text.size() && (text[at - 1] == 'e' || text[at - 1] == 'E') && (text[at] == '-' || text[at] == '+') &&
      is_digit(text[at + 1])) {
    at = word_end(text, at + 1);
  }
  return at;
}

std::size_t string_end(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return at + 1;
}

}  // namespace

bool is_word_char(char c) { return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

bool at_line_end(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == '\n' || text.substr(at, 2) == "\r\n";
}

std::string_view last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_word_char(text[begin - 1])) --begin;
  return text.substr(begin);
}

std::size_t line_begin(std::string_view text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return before == std::string_view::npos ? 0 : before + 1;
}

std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.find('\n', at), text.size());
  return end > at && end < text.size() && text[end - 1] == '\r' ? end - 1 : end;
}

std::size_t token_end(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  const char c = text[at];
  if (is_digit(c)) return number_end(text, at);
  if (is_word_char(c)) return word_end(text, at);
  if (c == '"') return string_end(text, at);
  if (std::find(kOperators.begin(), kOperators.end(), text.substr(at, 2)) != kOperators.end()) return at + 2;
  std::size_t end = at + 1;
  if (static_cast<unsigned char>(c) >= 0xC0) {
    while (end < text.size() && end < at + 4 && is_continuation(text[end])) ++end;
  }
  return end;
}

std::string describe_token(std::string_view text, std::size_t at) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  if (at >= text.size()) return "the end of the file";
  if (at_line_end(text, at) || text[at] == '#') return "the end of the line";
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == '\r') return "a carriage return";
  if (byte < 0x20 || byte == 0x7F) return std::string("the byte 0x") + hex[byte >> 4] + hex[byte & 15];
  const std::size_t end = token_end(text, at);
  if (end - at <= kShown) return "'" + std::string(text.substr(at, end - at)) + "'";
  std::size_t shown = at + kShown;
  while (shown > at && is_continuation(text[shown])) --shown;
  return "'" + std::string(text.substr(at, shown - at)) + "…'";
}

}  // namespace fts::grammar
