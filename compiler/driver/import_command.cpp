// ftsc import: a schedule and configuration of Python FTS as a .fts file.
#include <fmt/format.h>

#include "compiler/base/render.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/driver/files.hpp"
#include "compiler/interop/import.hpp"

namespace fts::driver {

namespace {

struct Options {
  interop::ImportRequest request;
  std::string output;
  std::string format = "human";
  bool force = false;
};

int import_files(const Options& options) {
  if (options.request.schedule.empty() && options.request.configs.empty()) {
    fmt::print(stderr, "ftsc: import wants a schedule, or --config\n");
    return kUsage;
  }
  std::set<std::string> inputs(options.request.configs.begin(), options.request.configs.end());
  inputs.insert(options.request.schedule);
  const auto may = may_write(options.output, inputs, options.force ? Over::anything : Over::nothing);
  if (!may) return usage_error(may.error());
  SourceMap sources;
  Diagnostics diagnostics;
  const auto text = interop::import_yaml(options.request, sources, diagnostics);
  // The text has stdout where no file is named.
  std::FILE* const messages = options.output.empty() ? stderr : stdout;
  const auto& first = options.request.schedule.empty() ? options.request.configs.front() : options.request.schedule;
  if (options.format == "json")
    fmt::print(messages, "{}", render_json(diagnostics, sources, first));
  else
    fmt::print(stderr, "{}", render(diagnostics, sources, {.colour = colour(fileno(stderr))}));
  if (!text) return kErrors;
  for (FileId f = 0; f < sources.size(); ++f) inputs.insert(sources.file(f).path());  // one that ft_schedule names too
  if (const auto still = may_write(options.output, inputs, options.force ? Over::anything : Over::nothing); !still)
    return usage_error(still.error());
  if (const auto written = write_text(options.output.empty() ? "-" : options.output, *text); !written) {
    fmt::print(stderr, "ftsc: {}\n", written.error());
    return kUsage;
  }
  return kDone;
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("import", "make a .fts file of a schedule and configuration of Python FTS");
  auto options = std::make_shared<Options>();
  command->add_option("schedule", options->request.schedule, "the schedule, a YAML file");
  command
      ->add_option("--config", options->request.configs,
                   "a LightningCLI configuration, or any part of one; a later one wins")
      ->allow_extra_args(false);
  command->add_option("-o,--output", options->output, "the .fts file; printed if left out");
  command->add_flag("--force", options->force, "write over a file that is there");
  command->add_option("--format", options->format, "diagnostics: human or json")
      ->check(CLI::IsMember({"human", "json"}));
  command->callback([options, &exit_code] { exit_code = import_files(*options); });
}

}  // namespace fts::driver
