// The file that `ftsc init` writes: a schedule for a model's family, commented, for its author to go on from.
#pragma once
#include <string>

#include "compiler/graph/param_graph.hpp"

namespace fts::driver {

struct InitOptions {
  std::string graph_path;    // as the file shall name the model's graph or weights
  std::string architecture;  // the class that the model's config.json names; empty: not known
};

// A file that checks without a diagnostic against `graph`: phases that suit the family, a strategy for one process, and
// one that shards, commented out (it checks too). A model of no known family gets selections by its own structure.
[[nodiscard]] std::string initial_file(const graph::ParamGraph& graph, const InitOptions& options);

}  // namespace fts::driver
