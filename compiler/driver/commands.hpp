// ftsc's commands: one file each, one line each in the list of main.cpp.
#pragma once
#include <string>

#include <CLI/CLI.hpp>

#include "compiler/driver/compile.hpp"

namespace fts::driver {

// Exit status: 0 done (also with warnings), 1 errors in what was checked, 2 wrong usage.
enum Exit : int { kDone = 0, kErrors = 1, kUsage = 2 };

// Each adds its subcommand to the application; `exit_code` is set when it runs.
using Register = void (*)(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_compile(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_fmt(CLI::App& app, int& exit_code);
void add_graph(CLI::App& app, int& exit_code);
void add_export(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_plan(CLI::App& app, int& exit_code);
void add_stdlib(CLI::App& app, int& exit_code);

// The options that every command with a `.fts` file takes.
struct FileOptions {
  Request request;
  std::vector<std::string> sets;  // name=value
};
void add_file_options(CLI::App& command, FileOptions& options);
// Runs the request; a malformed --set is a usage error (nullopt, reported to stderr).
[[nodiscard]] std::optional<Compilation> run_with(FileOptions& options);

// Whether a stream is a terminal that takes colour (NO_COLOR unset).
[[nodiscard]] bool colour(int descriptor);
// Diagnostics for people, to the stream.
void print_diagnostics(const Compilation& compilation, std::FILE* stream);
// The page of a diagnostic; empty: there is none.
[[nodiscard]] std::string_view diagnostic_page(std::string_view id);

}  // namespace fts::driver
