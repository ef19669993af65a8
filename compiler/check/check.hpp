// The stage that holds a resolved file against the model: one file a check, one list of them (checks.cpp).
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "compiler/base/diagnostic.hpp"
#include "compiler/graph/model_config.hpp"
#include "compiler/graph/param_graph.hpp"
#include "compiler/resolve/resolve.hpp"

namespace fts::check {

// What a check sees, and where it reports. Nothing of the program is changed.
struct Context {
  const resolve::Program& program;
  const graph::ParamGraph& graph;
  Diagnostics& diagnostics;
  graph::ModelConfig config = {};  // of the model, as far as it is known
  std::string strategy = {};       // the one that was asked for; empty: all
  bool scripted = false;           // the model is a TorchScript module
};

struct Check {
  std::string_view name;
  void (*run)(const Context&);
};

// Every check, in the order in which they run.
[[nodiscard]] std::span<const Check> checks();

// Runs all of them; each reports every fault it finds.
void check(const Context& context);

}  // namespace fts::check
