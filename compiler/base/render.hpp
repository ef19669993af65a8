// Diagnostics for people (text with the source line and a caret) and for programs (JSON, contract in LANGUAGE.md).
#pragma once
#include <string>

#include "compiler/base/diagnostic.hpp"
#include "compiler/base/source.hpp"

namespace fts {

struct RenderStyle {
  bool colour = false;
  std::size_t limit = 50;  // diagnostics printed; the rest is counted
};

// One diagnostic with its place, source line, caret, notes, fixes and help; ends with a newline.
[[nodiscard]] std::string render(const Diagnostic& diagnostic, const SourceMap& sources, const RenderStyle& style);

// All of them, then a summary line ("2 errors, 1 warning").
[[nodiscard]] std::string render(const Diagnostics& diagnostics, const SourceMap& sources, const RenderStyle& style);

// {"version":1,"diagnostics":[…],"summary":{…}} and a newline. A diagnostic without a place names `fallback_file` at
// 1:1.
[[nodiscard]] std::string render_json(const Diagnostics& diagnostics, const SourceMap& sources,
                                      const std::string& fallback_file);

}  // namespace fts
