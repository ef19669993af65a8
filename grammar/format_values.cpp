// Nodes that do not fit on one line.
#include "grammar/formatter.hpp"

namespace fts::grammar {

void Formatter::print(std::size_t node, std::size_t tail) {
  std::string line;
  const bool is_flat = flat(node, line);
  if (is_flat && lines_.column() + columns(line) + tail <= options_.width) return lines_.write(line);
  const Kind k = kind(node);
  const InAttribute context(*this, node);
  if (k == Kind::body) return print_body(node);
  if (k == Kind::list || k == Kind::call) return print_enclosed(node);
  if (is_chain(k)) return print_chain(node, tail);
  if (is_flat && (k == Kind::str || k == Kind::index || tree_.is_leaf(node))) return lines_.write(line);
  print_sequence(node, tail);
}

void Formatter::print_comment(std::size_t node, std::size_t newlines) {
  lines_.comment(source(node), newlines > 0, indent_);
}

// Child by child, on the same line as far as each lets it.
void Formatter::print_sequence(std::size_t node, std::size_t tail) {
  const auto head = heads_.find(node);
  const std::size_t begin = lines_.column();
  std::size_t newlines = 0;
  bool first = true;
  for (const std::size_t child : tree_.children(node)) {
    const Kind k = kind(child);
    if (k == Kind::newline) ++newlines;
    if (k == Kind::comment) print_comment(child, newlines);
    if (is_trivia(k)) continue;
    newlines = 0;
    if (!first && !is_enclosed(kind(node)) && separator(kind(node), k) == " ") lines_.space();
    if (k == Kind::comma) {
      lines_.write(",");
      lines_.space();
      continue;
    }
    first = false;
    if ((k == Kind::assign || k == Kind::arrow) && head != heads_.end()) lines_.fill(begin + head->second);
    const bool last = tree_.nodes[child].end == tree_.nodes[node].end;
    print(child, last ? tail : 3);  // " =>"
  }
}

// One element a line, each with a comma.
void Formatter::print_enclosed(std::size_t node) {
  const std::size_t outer = indent_;
  std::size_t newlines = 0;
  for (const std::size_t child : tree_.children(node)) {
    const Kind k = kind(child);
    if (k == Kind::newline) ++newlines;
    if (k == Kind::comment) print_comment(child, newlines);
    if (is_trivia(k) || k == Kind::comma) continue;
    newlines = 0;
    if (is_opening(k)) {
      lines_.write(source(child));
      indent_ = outer + 2;
      continue;
    }
    if (is_closing(k)) indent_ = outer;
    lines_.end_line(indent_);
    if (is_closing(k)) {
      lines_.write(source(child));
    } else {
      print(child, 1);
      lines_.write(",");
    }
  }
  indent_ = outer;
}

// One operand a line, its operator behind it, all at the first one's column.
void Formatter::print_chain(std::size_t node, std::size_t tail) {
  const std::size_t outer = indent_;
  indent_ = lines_.column();
  std::size_t newlines = 0;
  Kind operation{};  // in front of the next operand
  for (const std::size_t child : tree_.children(node)) {
    const Kind k = kind(child);
    if (k == Kind::newline) ++newlines;
    if (k == Kind::comment) print_comment(child, newlines);
    if (is_trivia(k)) continue;
    newlines = 0;
    lines_.space();
    if (is_operator(k)) {
      lines_.write(source(child));
      operation = k;
      continue;
    }
    if (is_operator(operation) && operation != Kind::kw_if && !starts_with_not(child)) lines_.end_line(indent_);
    print(child, tree_.nodes[child].end == tree_.nodes[node].end ? tail : 3);
  }
  indent_ = outer;
}

// A line that began with `not x` would be a block `not` labelled x.
bool Formatter::starts_with_not(std::size_t node) const {
  while (!tree_.is_leaf(node)) ++node;
  return kind(node) == Kind::kw_not;
}

}  // namespace fts::grammar
