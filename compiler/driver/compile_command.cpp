// ftsc compile: a file to a plan.
#include <filesystem>

#include <fmt/format.h>

#include "compiler/driver/commands.hpp"
#include "compiler/driver/files.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions file;
  std::string output;
};

int compile_to_file(Options& options) {
  const auto result = run_with(options.file);
  if (!result) return kUsage;
  print_diagnostics(*result, stderr);
  if (!result->plan) return kErrors;
  const std::string& file = options.file.request.file;
  if (options.output.empty())
    options.output = file == "-" ? "-" : std::filesystem::path(file).replace_extension(".ftsplan").string();
  if (const auto may = may_write(options.output, paths_of(*result), Over::plans); !may) return usage_error(may.error());
  if (const auto written = write_text(options.output, plan::to_json(*result->plan)); !written)
    return usage_error(written.error());
  if (options.output == "-") return kDone;
  fmt::print("{}: {} phases for {}\n", options.output, result->plan->schedule.phases.size(), result->plan->model);
  return kDone;
}

}  // namespace

void add_compile(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("compile", "make the plan that the runtime carries out");
  auto options = std::make_shared<Options>();
  add_file_options(*command, options->file);
  command->add_option("-o,--output", options->output,
                      "the plan, or - for stdout; beside the file, as .ftsplan, if left out");
  command->callback([options, &exit_code] { exit_code = compile_to_file(*options); });
}

}  // namespace fts::driver
