// ftsc explain CODE: a diagnostic's page. ftsc explain FILE NAME: what the plan does to one parameter, and which line
// says so.
#include <fmt/format.h>

#include "compiler/base/suggest.hpp"
#include "compiler/driver/commands.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions file;
  std::string name;
};

int explain_code(Code code) {
  fmt::print("{}", diagnostic_page(info(code).id));
  return kDone;
}

std::string shape_in_words(const graph::Parameter& p) {
  std::string words;
  for (const auto d : p.shape) words += (words.empty() ? "" : " x ") + std::to_string(d);
  return words.empty() ? "scalar" : words;
}

void explain_phase(const Compilation& c, const plan::Phase& phase, const resolve::Phase* written, graph::ParamId id) {
  fmt::print("  phase {} '{}' thaws it", phase.depth, phase.name);
  if (written != nullptr) {
    const Span span = written->body->value("thaw")->span;
    const auto& file = c.sources->file(span.file);
    const auto at = file.position(span.begin);
    fmt::print(" ({}:{}: thaw = {})", file.path(), at.line, c.sources->text(span));
    for (const auto& reason : c.program->selections.reasons(written->thaw, id))
      fmt::print("\n    matched by {}", reason);
  }
  fmt::print("\n");
  for (const auto& group : phase.groups) {
    if (std::find(group.parameters.begin(), group.parameters.end(), id) == group.parameters.end()) continue;
    fmt::print("    group {}: {}\n", group.name, group.arguments.dump());
  }
}

int explain_name(Options& options) {
  const auto result = run_with(options.file);
  if (!result) return kUsage;
  print_diagnostics(*result, stderr);
  if (!result->plan) return kErrors;
  const auto& graph = *result->graph;
  const auto id = graph.find_parameter(options.name);
  if (!id) {
    std::vector<std::string_view> names;
    for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) names.push_back(graph.parameter(p).name);
    fmt::print(stderr, "ftsc: the model has no parameter '{}'; {}\n", options.name,
               did_you_mean(nearest(options.name, names)));
    return kUsage;
  }
  const auto p = graph.parameter(*id);
  fmt::print("{}: {} of {}, {} elements\n", p.name, shape_in_words(p), graph::name(p.dtype), p.numel);
  if (p.tied_to != graph::kNone) fmt::print("  shares its tensor with {}\n", graph.parameter(p.tied_to).name);
  bool thawed = false;
  const auto& written = result->program->phases;
  for (const auto& phase : result->plan->schedule.phases) {
    if (std::find(phase.thaw.begin(), phase.thaw.end(), *id) != phase.thaw.end()) {
      thawed = true;
      const auto depth = static_cast<std::size_t>(phase.depth);
      explain_phase(*result, phase, depth < written.size() ? &written[depth] : nullptr, *id);
    }
    if (std::find(phase.freeze.begin(), phase.freeze.end(), *id) != phase.freeze.end()) {
      fmt::print("  phase {} '{}' freezes it again\n", phase.depth, phase.name);
    }
  }
  if (!thawed) fmt::print("  no phase thaws it: it stays frozen\n");
  return kDone;
}

int explain(Options& options) {
  const auto code = find_code(options.file.request.file);
  if (code && options.name.empty()) return explain_code(*code);
  if (!options.name.empty()) return explain_name(options);
  fmt::print(stderr, "ftsc: '{}' is no diagnostic's code; to explain a parameter, pass a file and its name\n",
             options.file.request.file);
  return kUsage;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "explain", "explain a diagnostic (explain FTS0203), or what happens to a parameter (explain FILE NAME)");
  auto options = std::make_shared<Options>();
  add_file_options(*command, options->file);
  command->add_option("name", options->name, "a parameter of the model");
  command->callback([options, &exit_code] { exit_code = explain(*options); });
}

}  // namespace fts::driver
