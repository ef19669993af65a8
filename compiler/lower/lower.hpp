// The stage from a checked program to a plan: defaults settled, groups made, nothing left to decide at run time.
#pragma once
#include <string>

#include "compiler/graph/param_graph.hpp"
#include "compiler/plan/plan.hpp"
#include "compiler/resolve/resolve.hpp"

namespace fts::lower {

// Lowers a program without errors. `strategy` picks one of its strategies; empty keeps all of them.
[[nodiscard]] plan::Plan lower(const resolve::Program& program, const graph::ParamGraph& graph,
                               const std::string& strategy);

}  // namespace fts::lower
