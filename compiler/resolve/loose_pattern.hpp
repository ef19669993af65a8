// Patterns that take more siblings than they say: an unescaped dot that matched another character, and a number that a
// wildcard goes on with (`layers\.1.*` takes layers.10 too).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.hpp"
#include "compiler/resolve/pattern.hpp"

namespace fts::resolve {

// What a pattern seems to say: dots are dots, and a number ends where its digits end.
struct StrictForm {
  Pattern pattern;
  std::string written;   // how a regex says it
  bool goes_on = false;  // else: a dot took another character
};

// nullopt: the pattern leaves no such doubt.
[[nodiscard]] std::optional<StrictForm> strict_form(const Pattern& pattern);

// A pattern as it stands in the file, with what it matches.
struct WrittenPattern {
  const Pattern* pattern = nullptr;
  const Set* matches = nullptr;
  std::string text;
  Span written;
  Span used;
};

// Warns (FTS0407) of each that matches names which its strict form does not, where that form matches some too. One pass
// over the names for all of them; `noun` says what the names are.
void report_loose(const std::vector<WrittenPattern>& patterns, const std::vector<std::string_view>& names,
                  std::string_view noun, Diagnostics& diagnostics);

}  // namespace fts::resolve
