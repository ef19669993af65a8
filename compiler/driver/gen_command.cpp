// ftsc gen: FTS's default schedule of a model, written out.
#include <filesystem>

#include <fmt/format.h>

#include "compiler/driver/commands.hpp"
#include "compiler/driver/files.hpp"
#include "compiler/graph/graph.hpp"
#include "compiler/interop/text.hpp"
#include "grammar/format.hpp"
#include "grammar/grammar.hpp"

namespace fts::driver {

namespace {

struct Options {
  std::string model;
  std::string output = "-";
  bool force = false;
};

// The model's path as the written file names it: relative to its folder.
std::string model_in(const Options& options) {
  namespace fs = std::filesystem;
  if (options.output == "-") return options.model;
  const auto folder = fs::absolute(options.output).parent_path();
  return fs::absolute(options.model).lexically_normal().lexically_relative(folder.lexically_normal()).string();
}

std::string schedule_text(const plan::Plan& plan, const Options& options) {
  std::string text = fmt::format(
      "# The default schedule of {}: two parameters a phase, the last first.\n"
      "model {{ graph = {} }}\n\nschedule {{\nmonitor = val_loss\n\n",
      plan.model, interop::string_literal(model_in(options)));
  for (const auto& phase : plan.schedule.phases) {
    std::string thaw;
    for (const auto position : phase.thaw) {
      if (plan.parameters[position].tied_to) continue;
      thaw += (thaw.empty() ? "" : " | ") + interop::string_literal(plan.parameters[position].name);
    }
    text += fmt::format("phase {} {{ thaw = {} }}\n", phase.name, thaw);
  }
  text += "}\n";
  Diagnostics faults;
  return grammar::format(grammar::parse(0, text, faults), text);
}

int generate(const Options& options) {
  const auto may = may_write(options.output, {options.model}, options.force ? Over::anything : Over::nothing);
  if (!may) return usage_error(may.error());
  const auto graph = graph::read(options.model);
  if (!graph) {
    fmt::print(stderr, "{}", graph.error().text());
    return kErrors;
  }
  Compilation result;  // of an empty file, which is checked with the default schedule
  compile_into(result.sources->add("empty.fts", "schedule { monitor = val_loss }\n"), *graph, {}, result);
  if (!result.plan) {
    print_diagnostics(result, stderr);
    return kErrors;
  }
  const auto written = write_text(options.output, schedule_text(*result.plan, options));
  return written ? kDone : usage_error(written.error());
}

}  // namespace

void add_gen(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("gen", "write out the default schedule of a model");
  auto options = std::make_shared<Options>();
  command->add_option("-m,--model", options->model, "the model's graph or weights")->required();
  command->add_option("-o,--output", options->output, "the .fts file; stdout if left out or -");
  command->add_flag("--force", options->force, "write over a file that is there");
  command->callback([options, &exit_code] { exit_code = generate(*options); });
}

}  // namespace fts::driver
