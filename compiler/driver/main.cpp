// ftsc: the compiler of .fts files.
#include "compiler/driver/commands.hpp"

namespace {
// Every command; a new one is one file and one line here.
constexpr fts::driver::Register kCommands[] = {
    fts::driver::add_check, fts::driver::add_compile, fts::driver::add_plan,   fts::driver::add_explain,
    fts::driver::add_fmt, fts::driver::add_graph, fts::driver::add_stdlib, fts::driver::add_import, fts::driver::add_export,
};
}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"ftsc: checks and compiles schedules for fine-tuning"};
  app.require_subcommand(1);
  app.set_version_flag("--version", FTS_VERSION);
  int exit_code = fts::driver::kDone;
  for (const auto add : kCommands) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? fts::driver::kDone : fts::driver::kUsage;
  }
  return exit_code;
}
