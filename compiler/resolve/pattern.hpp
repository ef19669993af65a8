// A written pattern: an exact name, a glob or a regex, each over whole names. The only place that sees RE2.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/resolve/set.hpp"

namespace fts::resolve {

struct Pattern {
  enum class Kind { exact, glob, regex };
  Kind kind = Kind::exact;
  std::string text;  // exact: the name; glob and regex: a regex in RE2's syntax
  friend auto operator<=>(const Pattern&, const Pattern&) = default;
};

// Stands in a glob for any whole number, written as `${i}` writes it; no text has this byte, it is none of UTF-8's.
inline constexpr char kAnyNumber = '\xff';
inline constexpr std::string_view kAnyNumberRegex = "(?:0|[1-9][0-9]*)";

// A piece of a glob: written text, in which * ? [ { are wildcards, or literal text.
struct GlobPiece {
  std::string text;
  bool literal = false;
};

// The pattern that a string denotes: exact unless it holds a wildcard. `*` is within one dot-free piece (and not empty
// where it is the whole piece), `**` is a whole piece and means zero or more of them, `?`, `[0-3]`, `{x,y}`.
// Errors say what is wrong with the glob ("'{' is not closed").
[[nodiscard]] tl::expected<Pattern, std::string> pattern_of_string(const std::vector<GlobPiece>& pieces);

// Checks a regex; the error is RE2's own sentence.
[[nodiscard]] tl::expected<Pattern, std::string> pattern_of_regex(const std::string& text);

// The members of `names` that each pattern matches as a whole, all patterns in one pass over the names
// (RE2::Set; linear in names). Result: one set a pattern.
[[nodiscard]] std::vector<Set> match_all(const std::vector<Pattern>& patterns,
                                         const std::vector<std::string_view>& names);

// Whether one name is matched, as a whole.
[[nodiscard]] bool matches(const Pattern& pattern, std::string_view name);
// The names whose beginning is matched.
[[nodiscard]] std::vector<std::string_view> matched_beginnings(const Pattern& pattern,
                                                               const std::vector<std::string_view>& names);

}  // namespace fts::resolve
