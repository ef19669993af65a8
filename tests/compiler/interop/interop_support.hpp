// Importing in tests: texts as files, and what is compiled of them.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/interop/import.hpp"
#include "tests/support/compiling.hpp"

namespace fts::test {

struct Imported {
  SourceMap sources;
  Diagnostics diagnostics;
  std::optional<std::string> text;

  [[nodiscard]] std::string rendered() const;
};

// Imports texts (empty: none) by way of files in the tests' own folder.
[[nodiscard]] Imported import_texts(const std::string& schedule, const std::string& config = {});
// The same of several configurations.
[[nodiscard]] Imported import_several(const std::string& schedule, const std::vector<std::string>& configs);
[[nodiscard]] Imported import_paths(const std::string& schedule, const std::vector<std::string>& configs);

// Compiles an imported text against a graph of tests/data/interop/graphs or tests/data/graphs.
[[nodiscard]] driver::Compilation compile_imported(const std::string& text, const std::string& model);
// The same against a graph at hand.
[[nodiscard]] driver::Compilation compile_for(const std::string& text, graph::ParamGraph graph);

[[nodiscard]] std::string data_path(const std::string& name);
// The records of a .jsonl file of tests/data/interop.
[[nodiscard]] std::vector<nlohmann::json> records(const std::string& name);
[[nodiscard]] std::string read_text(const std::string& path);

// Names of what each phase thaws, sorted; of tied parameters the first.
[[nodiscard]] std::vector<std::vector<std::string>> thawed_names(const plan::Plan& plan);

}  // namespace fts::test
