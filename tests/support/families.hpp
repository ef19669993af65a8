// The parameter graphs of real models that the standard modules and `ftsc init` are tried on.
#pragma once
#include <string>
#include <vector>

#include "compiler/graph/param_graph.hpp"

namespace fts::test {

struct FamilyGraph {
  std::string module;  // of stdlib/: "llama"
  std::string path;    // under tests/data/: "families/tiny-llama.graph.json"

  // "tiny_llama", as a test's name.
  [[nodiscard]] std::string name() const;
};

// At least one graph of each standard module.
[[nodiscard]] const std::vector<FamilyGraph>& family_graphs();

// A file of tests/data; fails the test if it cannot be read.
[[nodiscard]] graph::ParamGraph read_data_graph(const std::string& path);

// The same model inside others: every name begins with `prefix` ("model.", "0.auto_model.").
[[nodiscard]] graph::ParamGraph with_prefix(const graph::ParamGraph& graph, const std::string& prefix);

}  // namespace fts::test
