// The canonical form of a text: layout and short spellings, never meaning. Text with syntax errors stays as it is.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "grammar/syntax_tree.hpp"

namespace fts::grammar {

struct FormatOptions {
  std::size_t width = 120;  // columns; what cannot be broken may be longer
  // The short spelling of a word, perhaps dotted, in an attribute's value ("AdamW" in "optimizer"); empty: as written.
  std::function<std::string(std::string_view attribute, std::string_view word)> short_spelling;
};

// One item a line, two spaces a level, '=' and '=>' of neighbours and comments behind them aligned. A body that was
// written on one line stays there if it fits; so does a list whose '[' does not end its line. Items with syntax errors
// are copied. Formatting its own result changes nothing.
[[nodiscard]] std::string format(const SyntaxTree& tree, std::string_view text, const FormatOptions& options = {});

}  // namespace fts::grammar
