// Diagnostics for people (text with the source line and a caret) and for programs (JSON, contract in LANGUAGE.md).
#pragma once
#include <span>
#include <string>
#include <string_view>

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

// What was found in one file and what it uses; a diagnostic without a place belongs to `file`.
struct Report {
  const Diagnostics& diagnostics;
  const SourceMap& sources;
  std::string file;
};

// {"version":1,"diagnostics":[…],"summary":{…}} and a newline. A diagnostic without a place stands at 1:1.
[[nodiscard]] std::string render_json(std::span<const Report> reports);
[[nodiscard]] std::string render_json(const Diagnostics& diagnostics, const SourceMap& sources,
                                      const std::string& fallback_file);

// SARIF 2.1.0: one run of `ftsc` of that version, with its rules, notes as related locations, and fixes.
[[nodiscard]] std::string render_sarif(std::span<const Report> reports, std::string_view version);

}  // namespace fts
