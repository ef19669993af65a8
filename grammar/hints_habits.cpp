// Hints for single tokens that other languages have.
#include <array>

#include "compiler/base/code.hpp"
#include "grammar/hints.hpp"

namespace fts::grammar::hints {

void found_token(Explanation& e) {
  struct Habit {
    std::string_view token, help;
  };
  constexpr std::array<Habit, 16> habits = {{
      {"=", "equality is written '=='; an attribute is one name, '=' and a value"},
      {"=>", "an attribute has one '=', a rule one '=>'; a selection that stands in a value takes none"},
      {"!", "negation is written 'not'"},
      {"%", "there is no remainder; the functions are min max abs floor cos sin pow sqrt len"},
      {"^", "a power is written '**', a symmetric difference (a - b) | (b - a)"},
      {"?", "a conditional is written 'a if condition else b'"},
      {"->", "an arrow is written '=>'"},
      {"::", "a member is written with '.'"},
      {":", "the text after ':' has no place here: attributes take '=', rules '=>', bodies braces"},
      {"'", "a string stands in double quotes"},
      {"`", "a string stands in double quotes"},
      {"\r", "a line ends with LF or CRLF; a carriage return alone ends none"},
      {";", "an item ends with its line or with ','"},
      {"“", "a string stands in straight double quotes: \"…\""},
      {"”", "a string stands in straight double quotes: \"…\""},
      {"‘", "a string stands in straight double quotes: \"…\""},
  }};
  const auto found = e.found();
  if (!found.empty() && static_cast<unsigned char>(found[0]) >= 0x80) {
    e.diagnostic.help = "letters outside of ASCII stand only in strings, regexes and comments";
  }
  if (!found.empty() && static_cast<unsigned char>(found[0]) < 0x20) {
    e.diagnostic.help = "control characters stand nowhere in a .fts file: delete the byte";
  }
  for (const auto& habit : habits) {
    const bool fits = found != "=" || e.diagnostic.code != Code::missing_value;
    if (found == habit.token && fits) e.diagnostic.help = habit.help;
  }
}

}  // namespace fts::grammar::hints
