#include "runtime/bind/graph_of.hpp"

#include <fstream>

#include <fmt/format.h>
#include <torch/nn/module.h>

#include "compiler/base/code.hpp"
#include "compiler/graph/graph.hpp"
#include "runtime/bind/module_parameters.hpp"

namespace fts {

tl::expected<graph::ParamGraph, Error> graph_of(const torch::nn::Module& module) {
  graph::ParamGraphBuilder builder;
  const auto root = bind::type_name(module.name());
  builder.set_model(root);
  builder.add_module("", root);
  for (const auto& item : module.named_modules("", false)) {
    builder.add_module(item.key(), bind::type_name(item.value()->name()));
  }
  const auto parameters = bind::parameters_of(module);
  for (const auto& p : parameters) {
    const auto tied_to = p.tied_to ? std::string_view(parameters[*p.tied_to].name) : std::string_view();
    const auto sizes = p.tensor.sizes();
    builder.add_parameter(p.name, {sizes.data(), sizes.size()}, bind::dtype_of(p.tensor), p.tensor.requires_grad(),
                          tied_to);
  }
  for (const auto& buffer : bind::buffers_of(module)) builder.add_buffer(buffer.name);
  return builder.finish();
}

tl::expected<void, Error> write_graph(const torch::nn::Module& module, const std::string& path) {
  const auto graph = graph_of(module);
  if (!graph) return tl::unexpected(graph.error());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << graph::to_json(*graph);
  out.close();
  if (!out) {
    return tl::unexpected(make_error(Code::model_unreadable, fmt::format("'{}' cannot be written", path),
                                     "check that its folder exists and may be written to"));
  }
  return {};
}

}  // namespace fts
