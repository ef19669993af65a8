// ftsc plan: what will happen, phase by phase.
#include <unistd.h>

#include <fmt/format.h>

#include "compiler/driver/commands.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions file;
  std::string format = "human";
};

int plan_of(Options& options) {
  const auto result = run_with(options.file);
  if (!result) return kUsage;
  print_diagnostics(*result, stderr);
  if (!result->plan) return kErrors;
  fmt::print("{}", options.format == "json" ? plan::summary_json(*result->plan)
                                            : plan::summary_table(*result->plan, colour(STDOUT_FILENO)));
  return kDone;
}

}  // namespace

void add_plan(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("plan", "show what will happen, phase by phase");
  auto options = std::make_shared<Options>();
  add_file_options(*command, options->file);
  command->add_option("--format", options->format, "human or json")->check(CLI::IsMember({"human", "json"}));
  command->callback([options, &exit_code] { exit_code = plan_of(*options); });
}

}  // namespace fts::driver
