#include "grammar/format.hpp"

#include "grammar/formatter.hpp"

namespace fts::grammar {

Formatter::Formatter(const SyntaxTree& tree, std::string_view text, const FormatOptions& options)
    : tree_(tree), text_(text), options_(options) {
  for (std::size_t node = 0; node < tree.nodes.size(); ++node) {
    if (kind(node) == Kind::bound_name) bound_.insert(source(node));
  }
}

std::string format(const SyntaxTree& tree, std::string_view text, const FormatOptions& options) {
  if (tree.nodes.size() == 2 && tree.nodes[1].kind == Kind::unread) return std::string(text);
  Formatter formatter(tree, text, options);
  formatter.items(0);
  return std::move(formatter).text();
}

}  // namespace fts::grammar
