// The lossless tree of a text: every byte is in a leaf, so that the leaves in order are the source.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/base/span.hpp"

namespace fts::grammar {

// What a node is; one enumerator a named grammar rule (syntax_kinds.def).
enum class Kind : std::uint8_t {
#define FTS_SYNTAX_KIND(name) name,
#include "grammar/syntax_kinds.def"
#undef FTS_SYNTAX_KIND
};

[[nodiscard]] std::string_view kind_name(Kind kind);
// Blanks, comments, newlines and a byte order mark.
[[nodiscard]] bool is_trivia(Kind kind);

// Nodes in pre-order; a node's subtree is the next `size` nodes, itself included.
struct SyntaxNode {
  Kind kind{};
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t size = 1;
};

struct SyntaxTree {
  FileId file = kNoFile;
  std::vector<SyntaxNode> nodes;  // nodes[0] is Kind::file

  [[nodiscard]] bool is_leaf(std::size_t node) const { return nodes[node].size == 1; }
  [[nodiscard]] Span span(std::size_t node) const { return {file, nodes[node].begin, nodes[node].end}; }
  // Indices of a node's children, in order.
  [[nodiscard]] std::vector<std::size_t> children(std::size_t node) const;
};

// One node a line, indented, leaves with their text; trivia only when asked for. For goldens and debugging.
[[nodiscard]] std::string dump(const SyntaxTree& tree, std::string_view text, bool with_trivia = false);

}  // namespace fts::grammar
