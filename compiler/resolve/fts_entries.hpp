// The entries of Python FTS's schedules and plans: fts("layers.1"). Each is a literal name where there is one, else a
// Python regex that `re.match` holds against the beginning of every name, else a tied name that FTS leaves out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/resolve/set.hpp"

namespace fts::resolve {

struct FtsEntry {
  std::string text;
  // Whether it stands for parameters (then "layers.1" says everything below it) or for modules (then it does not).
  bool parameters = true;
  friend auto operator<=>(const FtsEntry&, const FtsEntry&) = default;
};

// What an entry takes of a list of names, and what it says if its dots are dots and its words whole ones.
struct FtsMatch {
  Set taken;
  Set said;
  bool too_long = false;  // it exceeded the limit on its work; the sets are incomplete
};

// Whether an entry is written as a name is: letters, digits, '_' and dots.
[[nodiscard]] bool is_plain_name(std::string_view entry);

// Checks a Python regex; the error is a sentence.
[[nodiscard]] tl::expected<void, std::string> check_python_regex(const std::string& text);

// All entries in one pass over the names, those that RE2 compiles; each other one is matched by PCRE2 with a limit on
// its work. `names` are those that FTS sees. Equal entries must not stand twice.
[[nodiscard]] std::vector<FtsMatch> match_fts_entries(const std::vector<FtsEntry>& entries,
                                                      const std::vector<std::string_view>& names);

// The same entry as a regex over whole names, without what it takes beyond what it says.
[[nodiscard]] std::string native_regex(const FtsEntry& entry);

}  // namespace fts::resolve
