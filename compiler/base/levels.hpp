// The levels of diagnostics: what a file or a command line makes of a code's own severity.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/diagnostic.hpp"

namespace fts {

enum class Level { off, warning, error };

struct Levels {
  std::map<Code, Level> codes;
  bool deny_warnings = false;  // what is a warning by no wish of `codes` is an error
};

// The levels that a code may have ("error", "warning", "off"), its own first: a warning may have each; an error that
// leaves a plan which still does what it says may be a warning; the others are errors and nothing else.
[[nodiscard]] std::vector<std::string_view> levels_of(Code code);

// "FTS0505=off", or "FTS0505" for a warning, as -W takes it; the error is a sentence.
[[nodiscard]] tl::expected<std::pair<Code, Level>, std::string> parse_level(std::string_view text);
// "off" and the others; the word must be one.
[[nodiscard]] Level level_of(std::string_view word);

// Gives each diagnostic its level and takes out those that are off.
void apply(const Levels& levels, Diagnostics& diagnostics);

}  // namespace fts
