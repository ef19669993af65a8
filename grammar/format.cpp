#include "grammar/format.hpp"

#include "grammar/formatter.hpp"
#include "grammar/grammar.hpp"

namespace fts::grammar {

Formatter::Formatter(const SyntaxTree& tree, std::string_view text, const FormatOptions& options)
    : tree_(tree), text_(text), options_(options) {
  for (std::size_t node = 0; node < tree.nodes.size(); ++node) {
    if (kind(node) == Kind::bound_name) bound_.insert(source(node));
  }
}

namespace {

std::string formed(const SyntaxTree& tree, std::string_view text, const FormatOptions& options) {
  if (tree.nodes.size() == 2 && tree.nodes[1].kind == Kind::unread) return std::string(text);
  Formatter formatter(tree, text, options);
  formatter.items(0);
  return std::move(formatter).text();
}

bool has_lone_return(std::string_view text) {
  for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
    if (text.substr(at, 2) != "\r\n") return true;
  }
  return false;
}

}  // namespace

std::string format(const SyntaxTree& tree, std::string_view text, const FormatOptions& options) {
  std::string once = formed(tree, text, options);
  if (!has_lone_return(text)) return once;
  // Such a fault is gone where it stood at a line's end, and what was copied because of it can be read now.
  Diagnostics ignored;
  return formed(parse(0, once, ignored), once, options);
}

}  // namespace fts::grammar
