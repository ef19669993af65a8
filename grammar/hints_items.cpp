// Hints for what stands around values: items, bodies, brackets.
#include <algorithm>
#include <array>

#include "compiler/base/code.hpp"
#include "grammar/hints.hpp"
#include "grammar/tokens.hpp"

namespace fts::grammar::hints {

namespace {

bool is_one_word(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_word_char); }

std::size_t skip_space_and_comments(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (text[at] == '#') {
      at = line_end(text, at);
    } else if (is_blank(text[at]) || text[at] == '\n' || text[at] == '\r') {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

void note_opened(Explanation& e, std::uint32_t at, std::string_view what) {
  if (at >= e.text.size()) return;
  e.diagnostic.notes.push_back({"the '" + std::string(1, e.text[at]) + "' " + std::string(what), e.span(at, at + 1)});
}

// Whether the innermost bracket is never closed; then that is the fault, and it is shown.
bool unclosed(Explanation& e) {
  if (e.fault.opened == kNowhere || e.skipper.is_closed(e.fault.opened)) return false;
  e.diagnostic.code = Code::unclosed_bracket;
  note_opened(e, e.fault.opened, "was opened here");
  const char opened = e.text[e.fault.opened];
  e.diagnostic.help = std::string("close it with '") + (opened == '(' ? ')' : opened == '[' ? ']' : '}') + "'";
  for (const std::uint32_t other : e.fault.others) note_opened(e, other, "that was opened here is not closed either");
  return true;
}

bool next_is_attribute(const Explanation& e) {
  std::size_t at = e.fault.next;
  while (at < e.text.size() && is_word_char(e.text[at])) ++at;
  at = skip_blanks(e.text, at);
  return at > e.fault.next && at < e.text.size() && e.text[at] == '=' && e.text.substr(at, 2) != "==" &&
         e.text.substr(at, 2) != "=>";
}

// A ')' or ']' behind or before an item: no bracket is open there.
bool closes_nothing(Explanation& e) {
  const auto found = e.found();
  if (found != ")" && found != "]") return false;
  e.diagnostic.code = Code::stray_close;
  e.diagnostic.message = "this '" + std::string(found) + "' closes nothing";
  e.diagnostic.help = "remove it, or open its bracket before";
  return true;
}

}  // namespace

void item_start(Explanation& e) {
  constexpr std::array<std::string_view, 17> operators = {"|", "&",  "+",  "-", "*",  "**",  "==", "!=",   "<",
                                                          ">", "<=", ">=", ".", "..", "and", "or", "where"};
  const auto found = e.found();
  if (closes_nothing(e)) return;
  if (std::find(operators.begin(), operators.end(), found) != operators.end()) {
    e.diagnostic.help = "an operator stands at the end of a line, not at the start of the next";
  } else if (found == "{") {
    e.diagnostic.help = "a body follows a name on its line: name { … }";
  } else if (found == "=") {
    e.diagnostic.help = "an attribute has its name before the '='";
  } else {
    e.diagnostic.help = "an item is 'name = value', 'name { … }', 'selection => value', let, for, use or input";
  }
}

void item_end(Explanation& e) {
  const auto found = e.found();
  const auto last = last_word(e.before());
  const bool touches = e.fault.previous_end == e.fault.next;
  if (closes_nothing(e)) return;
  if ((found == "(" || found == "[" || found == ".") && !touches) {
    e.diagnostic.help = "the '" + std::string(found) + "' of a call, an index or a member follows without a space";
    e.fix(e.fault.previous_end, e.fault.next, "", false);
  } else if (found.starts_with('"') && touches && !last.empty()) {
    e.diagnostic.help = "a string has no prefix; a regex is written /…/, and ${…} interpolates in every string";
  } else if (last == "lambda") {
    e.diagnostic.help = "a rate is an expression: lambda { lr_lambda = 0.95 ** epoch }";
  } else if (next_is_attribute(e)) {
    e.diagnostic.help = "two items on one line have a ',' between them";
    e.fix(e.fault.previous_end, e.fault.previous_end, ",", true);
  } else if (e.found_operand()) {
    e.diagnostic.help = "an operator is missing before this, or a newline or ',' that ends the item";
  }
}

void separator(Explanation& e) {
  if (unclosed(e)) return;
  const auto found = e.found();
  if (found == ":") {
    e.diagnostic.help = "a range is written 4..5, with both ends inside";
    return;
  }
  if (e.found_operand()) {
    e.diagnostic.help = "a ',' stands between two of them";
    e.fix(e.fault.previous_end, e.fault.previous_end, ",", false);
  }
}

void closer(Explanation& e) {
  const bool interpolation = e.fault.opened != kNowhere && e.fault.opened > 0 && e.text[e.fault.opened - 1] == '$';
  if (!interpolation) {
    if (!unclosed(e) && e.diagnostic.code == Code::missing_value) operand(e);
  } else if (const auto found = e.found(); found.empty() || found[0] == '"') {
    note_opened(e, e.fault.opened, "was opened here");
    e.diagnostic.help = "a '$' followed by '{' that is text is written '$${'";
  } else {
    e.diagnostic.code = Code::syntax_error;
  }
}

void open_body(Explanation& e) {
  const auto found = e.found();
  const auto head = e.before();
  const std::size_t next = skip_space_and_comments(e.text, e.fault.next);
  if (head.starts_with("import ") || head.starts_with("from ")) {
    e.diagnostic.help = "a module is used with 'use std.bert as bert'";
  } else if (found.empty() && next < e.text.size() && e.text[next] == '{') {
    e.diagnostic.help = "the '{' of a body stands on the line of its name";
    const bool comments = e.text.substr(e.fault.next, next - e.fault.next).find('#') != std::string_view::npos;
    if (!comments) e.fix(e.fault.previous_end, next + 1, " {", true);
  } else if (found == ":") {
    e.diagnostic.help = "a body stands in braces: '{' on this line, '}' behind its last item";
  } else if (found == "=") {
    e.diagnostic.help = "an attribute has one name before its '='; a block has a label and no '='";
  } else if (!head.starts_with("for ")) {
    e.diagnostic.help = "a block is written 'name label { … }', an attribute 'name = value'";
  }
}

void rule_arrow(Explanation& e) {
  const auto found = e.found();
  const auto head = e.before();
  if (found == "->") {
    e.diagnostic.help = "a rule is written 'selection => value'";
    e.fix(e.fault.next, e.fault.next + 2, "=>", true);
  } else if (found == ":") {
    e.diagnostic.help = "a rule is written 'selection => value', an attribute 'name = value' without quotes";
    e.fix(e.fault.next, e.fault.next + 1, " =>", false);
  } else if (is_one_word(head) && e.found_operand()) {
    e.diagnostic.help = "an attribute is written '" + std::string(head) + " = value'";
    e.fix(e.fault.previous_end, e.fault.previous_end, " =", false);
  } else {
    e.diagnostic.help = "an item is 'name = value', 'name { … }' or 'selection => value'";
  }
}

void semicolon(Explanation& e) {
  const bool last = at_line_end(e.text, skip_blanks(e.text, e.fault.next + 1));
  e.diagnostic.help = last ? "remove the ';'" : "write ',' between two items on one line";
  e.fix(e.fault.next, e.fault.next + 1, last ? "" : ",", true);
}

void wrong_assign(Explanation& e) {
  e.diagnostic.help = "an attribute is written 'name = value'";
  e.fix(e.fault.next, e.fault.next + e.found().size(), e.fault.previous_end == e.fault.next ? " =" : "=", true);
}

void stray_close(Explanation& e) { e.diagnostic.help = "remove it, or open its body with '{' before"; }

}  // namespace fts::grammar::hints
