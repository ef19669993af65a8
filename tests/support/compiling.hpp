// Compiling a text against one of the test graphs.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compiler/driver/compile.hpp"

namespace fts::test {

// The graph tests/data/graphs/<model>.graph.json; fails the test if it cannot be read.
[[nodiscard]] graph::ParamGraph read_graph(const std::string& model);

// Compiles `text` as a file called `name`, whose folder is tests/data/check, against that graph.
[[nodiscard]] driver::Compilation compile_text(const std::string& text, const std::string& model,
                                               const CompileOptions& options = {},
                                               const std::string& name = "test.fts");

// "FTS0401@3", one a diagnostic, in order: code and line.
[[nodiscard]] std::vector<std::string> codes_and_lines(const driver::Compilation& compilation);

// All diagnostics as `ftsc check` prints them.
[[nodiscard]] std::string rendered(const driver::Compilation& compilation);

}  // namespace fts::test
