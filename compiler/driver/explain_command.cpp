// ftsc explain CODE: a diagnostic's page. ftsc explain FILE NAME: what happens to a parameter or module.
#include <fmt/format.h>

#include "compiler/base/suggest.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/driver/explain_name.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions compiling;
  std::optional<std::string> name;
};

std::string nearest_names(const graph::ParamGraph& graph, const std::string& name) {
  std::vector<std::string_view> names;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) names.push_back(graph.parameter(p).name);
  for (graph::ModuleId m = 1; m < graph.module_count(); ++m) names.push_back(graph.module(m).name);
  const auto near = nearest(name, names);
  return near.empty() ? "`ftsc graph` lists the names" : did_you_mean(near);
}

int explain_in_file(Options& options) {
  const auto result = run_with(options.compiling);
  if (!result) return kUsage;
  print_diagnostics(*result, stderr);
  if (!result->plan) return kErrors;
  const std::string text = explain_name(*result, *options.name);
  if (text.empty()) {
    return usage_error(fmt::format("the model has no parameter or module '{}'; {}", *options.name,
                                   nearest_names(*result->graph, *options.name)));
  }
  fmt::print("{}", text);
  return kDone;
}

int explain(Options& options) {
  if (options.name) return explain_in_file(options);
  const std::string& id = options.compiling.request.file;
  if (const auto code = find_code(id)) {
    fmt::print("{}", diagnostic_page(info(*code).id));
    return kDone;
  }
  std::vector<std::string_view> ids;
  for (const auto& code : all_codes()) ids.push_back(code.id);
  const auto near = id.starts_with("FTS") ? nearest(id, ids) : std::vector<std::string>{};
  return usage_error(
      fmt::format("'{}' is no diagnostic's code; {}", id,
                  near.empty() ? "to explain a parameter, pass a file and its name" : did_you_mean(near)));
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "explain",
      "explain a diagnostic (explain FTS0203), or what happens to a parameter or module (explain FILE NAME)");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->compiling.request.file, "a diagnostic's code, or the .fts file")->required();
  command->add_option("name", options->name, "a parameter or module of the model; \"\" is the root");
  add_compile_options(*command, options->compiling);
  command->callback([options, &exit_code] { exit_code = explain(*options); });
}

}  // namespace fts::driver
