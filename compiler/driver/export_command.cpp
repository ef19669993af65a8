// ftsc export: a .fts file as Python FTS's YAML.
#include <filesystem>

#include <fmt/format.h>

#include "compiler/driver/commands.hpp"
#include "compiler/driver/files.hpp"
#include "compiler/interop/export.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions file;
  std::string to;
  std::string output;
  std::string configuration;
  bool force = false;
};

bool write(const std::string& path, const std::string& text) {
  const auto written = write_text(path.empty() ? "-" : path, text);
  if (!written) fmt::print(stderr, "ftsc: {}\n", written.error());
  return written.has_value();
}

// Two outputs of which the second would replace the first.
bool one_file(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  if (a.empty() || b.empty() || a == "-" || b == "-") return false;
  std::error_code code;
  if (fs::exists(a, code) && !fs::is_regular_file(a, code)) return false;  // a device
  return fs::weakly_canonical(fs::absolute(a, code), code) == fs::weakly_canonical(fs::absolute(b, code), code);
}

int export_file(Options& options) {
  auto result = run_with(options.file);
  if (!result) return kUsage;
  std::optional<interop::Exported> yaml;
  if (result->plan) {
    const std::string name =
        options.output.empty() ? "schedule.yaml" : std::filesystem::path(options.output).filename().string();
    yaml = interop::export_yaml(*result->program, *result->plan, *result->graph, name, result->diagnostics);
  }
  print_diagnostics(*result, stderr);
  if (!yaml) return kErrors;
  if (one_file(options.output, options.configuration))
    return usage_error(fmt::format("'{}' is named for the schedule and for the configuration", options.output));
  for (const auto& path : {options.output, options.configuration}) {
    const auto may = may_write(path, paths_of(*result), options.force ? Over::anything : Over::nothing);
    if (!may) return usage_error(may.error());
  }
  const bool configured = options.configuration.empty() || write(options.configuration, yaml->configuration);
  return configured && write(options.output, yaml->schedule) ? kDone : kUsage;
}

}  // namespace

void add_export(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("export", "make a schedule and configuration of Python FTS");
  auto options = std::make_shared<Options>();
  add_file_options(*command, options->file);
  command->add_option("--to", options->to, "fts-yaml")->required()->check(CLI::IsMember({"fts-yaml"}));
  command->add_option("-o,--output", options->output, "the schedule; printed if left out");
  command->add_option("--config", options->configuration,
                      "where to write the LightningCLI configuration; not written if left out");
  command->add_flag("--force", options->force, "write over files that are there");
  command->callback([options, &exit_code] { exit_code = export_file(*options); });
}

}  // namespace fts::driver
