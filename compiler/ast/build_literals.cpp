#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "compiler/ast/builder.hpp"
#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"

namespace fts::ast {

namespace {

constexpr std::array<std::string_view, 13> kUnits = {"B",   "KB",  "MB", "GB", "TB",  "KiB", "MiB",
                                                     "GiB", "TiB", "ms", "s",  "min", "h"};
constexpr std::string_view kUnitList = "units are B KB MB GB TB KiB MiB GiB TiB, and ms s min h";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_end(std::string_view text, std::size_t at) {
  while (at < text.size() &&
         (is_digit(text[at]) || (text[at] == '_' && at + 1 < text.size() && is_digit(text[at + 1])))) {
    ++at;
  }
  return at;
}

struct WrittenNumber {
  std::string digits;  // without '_'
  std::string_view unit;
  bool whole = true;  // without '.' and exponent
};

WrittenNumber split(std::string_view text) {
  WrittenNumber result;
  std::size_t end = digits_end(text, 0);
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
    end = digits_end(text, end + 1);
    result.whole = false;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const bool sign = end + 1 < text.size() && (text[end + 1] == '+' || text[end + 1] == '-');
    const std::size_t exponent = end + (sign ? 2 : 1);
    if (exponent < text.size() && is_digit(text[exponent])) {
      end = digits_end(text, exponent);
      result.whole = false;
    }
  }
  result.unit = text.substr(end);
  for (const char c : text.substr(0, end)) {
    if (c != '_') result.digits += c;
  }
  return result;
}

std::string unit_help(std::string_view unit) {
  const auto same = [&](std::string_view known) {
    return std::equal(known.begin(), known.end(), unit.begin(), unit.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  };
  const auto found = std::find_if(kUnits.begin(), kUnits.end(), same);
  if (found != kUnits.end()) return did_you_mean({std::string(*found)});
  return std::string(kUnitList);
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

// The character of \u{…}, given with its braces; empty if there is none.
std::string unicode_character(std::string_view braced) {
  std::uint32_t code = 0;
  if (braced.size() < 3 || braced.front() != '{') return {};
  const auto hex = braced.substr(1, braced.size() - 2);
  const auto [end, fault] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
  if (fault != std::errc{} || end != hex.data() + hex.size()) return {};
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  std::string out;
  append_utf8(out, code);
  return out;
}

std::string escape_help(char c) {
  if (c == 'x' || c == 'u' || c == 'U') return "a character by its number is written \\u{e9}";
  if (c == '.') return "a dot needs no backslash in a name; a regex is written /…/";
  if (c == 'd' || c == 'w' || c == 's' || c == 'b' || c == '(') return "a regex is written /…/";
  return R"(escapes are \n \t \" \\ \u{…} and \* \? \[ \] \{ \} \,; a backslash is written \\)";
}

void append_piece(std::vector<StringPiece>& pieces, std::string_view text, bool literal) {
  if (text.empty()) return;
  if (!pieces.empty() && !pieces.back().interpolation && pieces.back().literal == literal) {
    pieces.back().text += text;
  } else {
    pieces.push_back({std::string(text), literal, nullptr});
  }
}

// Written text, in which $${ is a literal ${.
void append_text(std::vector<StringPiece>& pieces, std::string_view text) {
  for (std::size_t at = text.find("$${"); at != std::string_view::npos; at = text.find("$${")) {
    append_piece(pieces, text.substr(0, at), false);
    append_piece(pieces, "${", true);
    text.remove_prefix(at + 3);
  }
  append_piece(pieces, text, false);
}

}  // namespace

NewExpr Builder::number(Node node) {
  const WrittenNumber written = split(text(node));
  if (!written.unit.empty() && std::find(kUnits.begin(), kUnits.end(), written.unit) == kUnits.end()) {
    const Span place{tree_.file, span(node).end - static_cast<std::uint32_t>(written.unit.size()), span(node).end};
    diagnostics_.report(Code::bad_number, place, "unknown unit '" + std::string(written.unit) + "'").help =
        unit_help(written.unit);
    return error(span(node));
  }
  Number number;
  number.unit = written.unit;
  const char* const end = written.digits.data() + written.digits.size();
  if (std::from_chars(written.digits.data(), end, number.value).ec != std::errc{}) {
    diagnostics_.report(Code::bad_number, span(node), "this number cannot be represented").help =
        "numbers are 64-bit floats: 2.3e-308 to 1.7e308, or 0";
    return error(span(node));
  }
  std::int64_t integer = 0;
  if (written.whole && std::from_chars(written.digits.data(), end, integer).ec == std::errc{}) number.integer = integer;
  return make(span(node), std::move(number));
}

NewExpr Builder::string(Node node) {
  String result;
  bool readable = true;
  for (const Node piece : parts(node)) {
    if (kind(piece) == Kind::str_text) {
      append_text(result.pieces, text(piece));
    } else if (kind(piece) == Kind::escape) {
      const auto character = unescape(piece);
      if (character) append_piece(result.pieces, *character, true);
      readable = readable && character.has_value();
    } else if (kind(piece) == Kind::interp) {
      result.pieces.push_back({{}, false, expr(parts(piece)[1])});
    }
  }
  return readable ? make(span(node), std::move(result)) : error(span(node));
}

std::optional<std::string> Builder::unescape(Node node) {
  constexpr std::string_view themselves = "\"\\*?[]{},";
  const std::string_view written = text(node).substr(1);
  const char c = written.front();
  if (written == "n") return "\n";
  if (written == "t") return "\t";
  if (themselves.find(c) != std::string_view::npos) return std::string(1, c);
  if (std::string character = c == 'u' ? unicode_character(written.substr(1)) : ""; !character.empty())
    return character;
  const bool code = written.size() > 1 && c == 'u';
  const std::string problem = code ? " is no Unicode character" : " is no escape";
  diagnostics_.report(Code::bad_escape, span(node), "'" + std::string(text(node)) + "'" + problem).help =
      escape_help(c);
  return std::nullopt;
}

NewExpr Builder::regex(Node node) {
  std::string_view written = text(node);
  written = written.substr(1, written.size() - 2);
  std::string pattern;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] == '\\' && i + 1 < written.size()) {
      if (written[i + 1] != '/') pattern += '\\';
      ++i;
    }
    pattern += written[i];
  }
  return make(span(node), Regex{std::move(pattern)});
}

}  // namespace fts::ast
