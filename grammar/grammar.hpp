// The stage from text to syntax tree. Total: any bytes give a tree that holds them all, faults are reported.
#pragma once
#include <string_view>

#include "compiler/base/diagnostic.hpp"
#include "grammar/syntax_tree.hpp"

namespace fts::grammar {

// Parses one file's text; `file` is what spans will name. Reports at most one fault a line and 50 a file.
[[nodiscard]] SyntaxTree parse(FileId file, std::string_view text, Diagnostics& diagnostics);

}  // namespace fts::grammar
