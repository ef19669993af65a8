// ftsc check: every diagnostic of a file.
#include <fmt/format.h>

#include "compiler/base/render.hpp"
#include "compiler/driver/commands.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions file;
  std::string format = "human";
};

int check(Options& options) {
  options.file.request.units = false;
  const auto result = run_with(options.file);
  if (!result) return kUsage;
  if (options.format == "json") {
    fmt::print("{}", render_json(result->diagnostics, *result->sources, options.file.request.file));
  } else {
    print_diagnostics(*result, stdout);
    if (result->plan) {
      const auto& schedule = result->plan->schedule;
      fmt::print("{}: {} {} over {} parameters of {}\n", options.file.request.file, schedule.phases.size(),
                 schedule.phases.size() == 1 ? "phase" : "phases", result->plan->parameters.size(),
                 result->plan->model);
    }
  }
  return result->diagnostics.has_errors() ? kErrors : kDone;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("check", "report every fault of a file, held against its model");
  auto options = std::make_shared<Options>();
  add_file_options(*command, options->file);
  command->add_option("--format", options->format, "human or json")->check(CLI::IsMember({"human", "json"}));
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace fts::driver
