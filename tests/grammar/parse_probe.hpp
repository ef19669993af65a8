// Shorthand for the tests of this stage: a text to its tree, its faults, its leaves.
#pragma once
#include <string>
#include <string_view>

#include "compiler/base/render.hpp"
#include "grammar/grammar.hpp"

namespace fts::test {

struct Parsed {
  SourceMap sources;
  grammar::SyntaxTree tree;
  Diagnostics diagnostics;

  [[nodiscard]] std::string_view text() const { return sources.file(0).text(); }
};

[[nodiscard]] inline Parsed parse_text(std::string_view text, const std::string& path = "test.fts") {
  Parsed parsed;
  const FileId file = parsed.sources.add(path, std::string(text));
  parsed.tree = grammar::parse(file, parsed.text(), parsed.diagnostics);
  return parsed;
}

// "FTS0107 1:5", one a line: where each fault is.
[[nodiscard]] inline std::string codes(const Parsed& parsed) {
  std::string out;
  for (const auto& d : parsed.diagnostics.all()) {
    const Position at = parsed.sources.file(0).position(d.span.begin);
    out += std::string(info(d.code).id) + " " + std::to_string(at.line) + ":" + std::to_string(at.column) + "\n";
  }
  return out;
}

// The leaves of the tree in order, which must be the text.
[[nodiscard]] inline std::string leaves(const grammar::SyntaxTree& tree, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const auto& node = tree.nodes[i];
    if (tree.is_leaf(i)) out += text.substr(node.begin, node.end - node.begin);
  }
  return out;
}

// The text with every safe and unsafe fix applied, the last first; overlapping ones are left out.
[[nodiscard]] inline std::string with_fixes(const Parsed& parsed) {
  std::string text(parsed.text());
  std::size_t limit = text.size() + 1;
  const auto& all = parsed.diagnostics.all();
  for (auto d = all.rbegin(); d != all.rend(); ++d) {
    for (auto fix = d->fixes.rbegin(); fix != d->fixes.rend(); ++fix) {
      if (fix->span.end >= limit) continue;
      text.replace(fix->span.begin, fix->span.end - fix->span.begin, fix->replacement);
      limit = fix->span.begin;
    }
  }
  return text;
}

}  // namespace fts::test
