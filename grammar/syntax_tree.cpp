#include "grammar/syntax_tree.hpp"

#include <array>

namespace fts::grammar {

namespace {

constexpr std::array kNames = {
#define FTS_SYNTAX_KIND(name) std::string_view(#name),
#include "grammar/syntax_kinds.def"
#undef FTS_SYNTAX_KIND
};

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string_view kind_name(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

bool is_trivia(Kind kind) {
  return kind == Kind::blank || kind == Kind::comment || kind == Kind::newline || kind == Kind::bom;
}

std::vector<std::size_t> SyntaxTree::children(std::size_t node) const {
  std::vector<std::size_t> result;
  const std::size_t stop = node + nodes[node].size;
  for (std::size_t child = node + 1; child < stop; child += nodes[child].size) result.push_back(child);
  return result;
}

std::string dump(const SyntaxTree& tree, std::string_view text, bool with_trivia) {
  std::string out;
  std::vector<std::size_t> ends;  // where the subtrees that enclose this node end
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const SyntaxNode& node = tree.nodes[i];
    while (!ends.empty() && ends.back() <= i) ends.pop_back();
    if (with_trivia || !is_trivia(node.kind)) {
      out.append(2 * ends.size(), ' ');
      out += kind_name(node.kind);
      if (tree.is_leaf(i)) {
        out += " '";
        append_escaped(out, text.substr(node.begin, node.end - node.begin));
        out += "'";
      }
      out += '\n';
    }
    if (node.size > 1) ends.push_back(i + node.size);
  }
  return out;
}

}  // namespace fts::grammar
