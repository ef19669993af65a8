// ftsc compile: a file to a plan.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "compiler/driver/commands.hpp"

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
  if (options.output.empty())
    options.output = std::filesystem::path(options.file.request.file).replace_extension(".ftsplan").string();
  std::ofstream out(options.output, std::ios::binary);
  out << plan::to_json(*result->plan);
  out.close();
  if (!out) {
    fmt::print(stderr, "ftsc: cannot write '{}': {}\n", options.output, std::strerror(errno));
    return kUsage;
  }
  fmt::print("{}: {} phases for {}\n", options.output, result->plan->schedule.phases.size(), result->plan->model);
  return kDone;
}

}  // namespace

void add_compile(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("compile", "make the plan that the runtime carries out");
  auto options = std::make_shared<Options>();
  add_file_options(*command, options->file);
  command->add_option("-o,--output", options->output, "the plan; beside the file, as .ftsplan, if left out");
  command->callback([options, &exit_code] { exit_code = compile_to_file(*options); });
}

}  // namespace fts::driver
