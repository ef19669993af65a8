// ftsc graph: a model file's parameters.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/error.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/graph/graph.hpp"

namespace fts::driver {

namespace {

struct Options {
  std::string model;
  std::string format = "human";
};

void print_table(const graph::ParamGraph& graph) {
  std::size_t width = 0;
  std::int64_t elements = 0;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) width = std::max(width, graph.parameter(p).name.size());
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    std::string notes = parameter.requires_grad ? "" : "  frozen";
    if (parameter.tied_to != graph::kNone)
      notes += fmt::format("  tied to {}", graph.parameter(parameter.tied_to).name);
    else
      elements += parameter.numel;
    std::string shape;
    for (const auto d : parameter.shape) shape += (shape.empty() ? "" : " x ") + std::to_string(d);
    fmt::print("{:<{}}  {:<5} {}{}\n", parameter.name, width, graph::name(parameter.dtype), shape, notes);
  }
  fmt::print("{}: {} parameters, {} elements, {} modules\n", graph.model(), graph.parameter_count(), elements,
             graph.module_count());
}

int show(const Options& options) {
  const auto graph = graph::read(options.model);
  if (!graph) {
    fmt::print(stderr, "{}", graph.error().text());
    return kErrors;
  }
  if (options.format == "json")
    fmt::print("{}", graph::to_json(*graph));
  else
    print_table(*graph);
  return kDone;
}

}  // namespace

void add_graph(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("graph", "list the parameters of a model file");
  auto options = std::make_shared<Options>();
  command
      ->add_option("model", options->model,
                   "a .graph.json, safetensors file, index, PyTorch checkpoint, TorchScript archive, or a folder")
      ->required();
  command->add_option("--format", options->format, "human or json (the .graph.json format)")
      ->check(CLI::IsMember({"human", "json"}));
  command->callback([options, &exit_code] { exit_code = show(*options); });
}

}  // namespace fts::driver
