// Hints for values: operands, operators, literals.
#include <algorithm>
#include <array>

#include "grammar/hints.hpp"
#include "grammar/tokens.hpp"

namespace fts::grammar::hints {

namespace {

// Marks the text from the opening quote or slash to its line's end.
void mark_to_line_end(Explanation& e) {
  std::size_t end = line_end(e.text, e.fault.opened);
  while (end > e.fault.opened + 1 && is_blank(e.text[end - 1])) --end;
  e.diagnostic.span = e.span(e.fault.opened, end);
}

std::string_view text_of(const Explanation& e, std::size_t node) {
  return e.text.substr(e.tree.nodes[node].begin, e.tree.nodes[node].end - e.tree.nodes[node].begin);
}

// The nearest of the nodes from `first` on in the steps of `siblings` that is no trivia.
std::optional<std::size_t> operand_beside(const SyntaxTree& tree, const std::vector<std::size_t>& siblings,
                                          std::size_t place, int step) {
  for (auto i = static_cast<std::ptrdiff_t>(place) + step; i >= 0 && i < std::ssize(siblings); i += step) {
    const std::size_t node = siblings[static_cast<std::size_t>(i)];
    if (!is_trivia(tree.nodes[node].kind)) return node;
  }
  return std::nullopt;
}

}  // namespace

void value(Explanation& e) {
  if (!e.found().empty()) return operand(e);
  std::size_t next = e.fault.next;
  while (next < e.text.size() && (is_blank(e.text[next]) || e.text[next] == '\n' || e.text[next] == '\r')) ++next;
  e.diagnostic.help = "write it on the line of its '=' or '=>'";
  const bool late = std::any_of(e.tree.nodes.begin(), e.tree.nodes.end(), [&](const SyntaxNode& node) {
    return node.kind == Kind::late_value && node.begin <= next && next < node.end;
  });
  if (late && e.text[next] != '#') e.fix(e.fault.previous_end, next, " ", true);
}

void operand(Explanation& e) {
  constexpr std::array<std::string_view, 7> words = {"and", "or", "not", "if", "else", "in", "where"};
  const auto found = e.found();
  if (std::find(words.begin(), words.end(), found) != words.end()) {
    e.diagnostic.help = "'" + std::string(found) + "' is an operator and never a value";
  } else if (found == ".") {
    e.diagnostic.help = "a number starts with a digit: 0.5";
    e.fix(e.fault.next, e.fault.next, "0", true);
  }
}

void member_name(Explanation& e) {
  const std::size_t dot = e.fault.previous_end - 1;
  const bool number = dot > 0 && e.text[dot - 1] >= '0' && e.text[dot - 1] <= '9';
  if (!number) {
    e.diagnostic.help = "a member's name follows its '.' without a space";
    return;
  }
  e.diagnostic.help = "a number has a digit after its dot: 1.0";
  const auto found = e.found();
  if (found.empty() || !is_word_char(found[0])) e.fix(dot + 1, dot + 1, "0", true);
}

void unclosed_string(Explanation& e) {
  mark_to_line_end(e);
  e.diagnostic.help = "close it with '\"'; a quote inside a string is written '\\\"'";
}

void unclosed_regex(Explanation& e) {
  mark_to_line_end(e);
  const bool starts_line = skip_blanks(e.text, line_begin(e.text, e.fault.opened)) == e.fault.opened;
  const bool divides = starts_line && e.fault.opened + 1 < e.text.size() && is_blank(e.text[e.fault.opened + 1]);
  e.diagnostic.help = divides ? "a line cannot start with a division: leave the '/' at the end of the line before"
                              : "close it with '/'; a slash inside a regex is written '\\/'";
}

void empty_regex(Explanation& e) {
  e.diagnostic.help = "a comment starts with '#'";
  e.fix(e.fault.next, e.fault.next + 2, "#", false);
}

void wrong_quotes(Explanation& e) {
  const std::size_t begin = e.fault.next;
  const std::size_t close = e.text.find('\'', begin + 1);
  const std::size_t end = line_end(e.text, begin);
  e.diagnostic.help = "write \"…\"";
  if (close >= end) return;
  e.diagnostic.span = e.span(begin, close + 1);
  const auto inside = e.text.substr(begin + 1, close - begin - 1);
  const bool plain = inside.find('"') == std::string_view::npos && inside.find("${") == std::string_view::npos;
  if (plain) e.fix(begin, close + 1, "\"" + std::string(inside) + "\"", true);
}

void floor_div(Explanation& e) {
  e.diagnostic.help = "floor division is written floor(a / b); a comment starts with '#'";
  const auto& nodes = e.tree.nodes;
  const auto is_it = [&](const SyntaxNode& n) { return n.kind == Kind::floor_div && n.begin == e.fault.next; };
  const auto found = static_cast<std::size_t>(std::find_if(nodes.begin(), nodes.end(), is_it) - nodes.begin());
  std::size_t product = found;
  while (product > 0 && !(nodes[product].kind == Kind::product && product + nodes[product].size > found)) --product;
  if (found == nodes.size() || product == 0) return;
  const auto siblings = e.tree.children(product);
  const auto place = static_cast<std::size_t>(std::find(siblings.begin(), siblings.end(), found) - siblings.begin());
  const auto left = operand_beside(e.tree, siblings, place, -1);
  const auto right = operand_beside(e.tree, siblings, place, +1);
  if (!left || !right) return;
  const std::size_t begin = nodes[product].begin;
  const std::string dividend(e.text.substr(begin, nodes[*left].end - begin));
  e.fix(begin, nodes[*right].end, "floor(" + dividend + " / " + std::string(text_of(e, *right)) + ")", false);
}

void double_op(Explanation& e) {
  const bool both = e.found() == "&&";
  e.diagnostic.message = both ? "'&&' is no operator" : "'||' is no operator";
  e.diagnostic.help = both ? "conditions are joined with 'and', selections with '&'"
                           : "conditions are joined with 'or', selections with '|'";
}

void nested(Explanation& e) { e.diagnostic.help = "name parts of it with let"; }

void conditional(Explanation& e) { e.diagnostic.help = "a conditional is written 'a if condition else b'"; }

}  // namespace fts::grammar::hints
