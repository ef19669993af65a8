// A LibTorch module as the compiler sees a model.
#pragma once
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/graph/param_graph.hpp"

namespace torch::nn {
class Module;
}

namespace fts {

// Modules in the order of named_modules(), parameters in that of named_parameters() with every name of a shared one. A
// module's type is its class name without namespaces and without the 'Impl' that LibTorch appends. Two parameters are
// tied when they are the same memory with the same shape. FTS0801 only for names or shapes no graph can hold.
[[nodiscard]] tl::expected<graph::ParamGraph, Error> graph_of(const torch::nn::Module& module);

// The graph as a `.graph.json` file, which `ftsc … --model` reads, so that any program's model can be checked.
[[nodiscard]] tl::expected<void, Error> write_graph(const torch::nn::Module& module, const std::string& path);

}  // namespace fts
