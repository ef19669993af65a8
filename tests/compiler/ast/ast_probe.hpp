// Shorthand for the tests of this stage: a text to its typed tree and all diagnostics of both stages.
#pragma once
#include <string>
#include <string_view>

#include "compiler/ast/ast.hpp"
#include "compiler/base/render.hpp"
#include "grammar/grammar.hpp"

namespace fts::test {

struct Built {
  SourceMap sources;
  Diagnostics diagnostics;
  ast::File file;

  [[nodiscard]] std::string rendered() const { return render(diagnostics, sources, {}); }
};

[[nodiscard]] inline Built build_text(std::string_view text, const std::string& path = "test.fts") {
  Built built;
  const FileId file = built.sources.add(path, std::string(text));
  const auto read = built.sources.file(file).text();
  built.file = ast::build(grammar::parse(file, read, built.diagnostics), read, built.diagnostics);
  built.diagnostics.sort();
  return built;
}

// The dump of `x = <value>` without its first line and its indentation; the diagnostics if there are any.
[[nodiscard]] inline std::string dump_value(std::string_view value) {
  const Built built = build_text("x = " + std::string(value));
  if (!built.diagnostics.all().empty()) return built.rendered();
  std::string out;
  const std::string whole = ast::dump(built.file);
  std::string_view rest = whole;
  rest.remove_prefix(rest.find('\n') + 1);
  while (!rest.empty()) {
    out += rest.substr(2, rest.find('\n') - 1);
    rest.remove_prefix(rest.find('\n') + 1);
  }
  return out;
}

// "FTS0210 1:5", one a line.
[[nodiscard]] inline std::string codes_of(std::string_view text) {
  const Built built = build_text(text);
  std::string out;
  for (const auto& d : built.diagnostics.all()) {
    const Position at = built.sources.file(0).position(d.span.begin);
    out += std::string(info(d.code).id) + " " + std::to_string(at.line) + ":" + std::to_string(at.column) + "\n";
  }
  return out;
}

}  // namespace fts::test
