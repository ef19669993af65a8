// Which parameters lie under a module: a slice of the parameters in the order of the module tree.
#pragma once
#include <vector>

#include "compiler/graph/param_graph.hpp"
#include "compiler/resolve/set.hpp"

namespace fts::resolve {

class Subtrees {
 public:
  explicit Subtrees(const graph::ParamGraph& graph);
  // The parameters of these modules and of all modules under them; linear in what it gives.
  [[nodiscard]] Set parameters_under(const Set& modules) const;

 private:
  struct Slice {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  std::vector<graph::ModuleId> parents_;
  std::vector<Slice> slices_;          // of order_, a module
  std::vector<graph::ParamId> order_;  // a module's own parameters, then those of its children
  bool in_order_ = true;               // order_ is the graph's own, as it is wherever a model wrote its graph
};

}  // namespace fts::resolve
