// ftsc's commands: one file each, one line each in the list of main.cpp.
#pragma once
#include <set>
#include <string>

#include <CLI/CLI.hpp>

#include "compiler/driver/compile.hpp"

namespace fts::driver {

// Exit status: 0 done (also with warnings); 1 errors in what was checked, which include a file or model that cannot
// be read; 2 wrong usage, an output that cannot be written, or a file that `diff` or `fmt` cannot read.
// `diff` and `fmt --check`: 1 says that there is a difference.
enum Exit : int { kDone = 0, kErrors = 1, kUsage = 2 };

// Each adds its subcommand to the application; `exit_code` is set when it runs.
using Register = void (*)(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_compile(CLI::App& app, int& exit_code);
void add_completion(CLI::App& app, int& exit_code);
void add_diff(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_fmt(CLI::App& app, int& exit_code);
void add_gen(CLI::App& app, int& exit_code);
void add_graph(CLI::App& app, int& exit_code);
void add_init(CLI::App& app, int& exit_code);
void add_man(CLI::App& app, int& exit_code);
void add_export(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_plan(CLI::App& app, int& exit_code);
void add_stdlib(CLI::App& app, int& exit_code);

// The options that every command with a `.fts` file takes.
struct FileOptions {
  Request request;
  std::vector<std::string> sets;    // name=value
  std::vector<std::string> levels;  // FTS0505=off
  std::vector<std::string> denied;  // "warnings"
};
// The file and all of add_compile_options.
void add_file_options(CLI::App& command, FileOptions& options);
// --model, --strategy, --set, --root, -W, --deny.
void add_compile_options(CLI::App& command, FileOptions& options);
// Fills in the request; false: a malformed --set or -W, reported to stderr.
[[nodiscard]] bool prepare(FileOptions& options);
// Prepares and runs the request; nullopt: not prepared.
[[nodiscard]] std::optional<Compilation> run_with(FileOptions& options);

// The files that it read, which another run may find changed: the source, what it uses, the model, and the
// configuration that it names.
[[nodiscard]] std::set<std::string> paths_of(const Compilation& compilation);

// Adds --color to the application: "always", "never", or "auto" for terminals where NO_COLOR is unset.
void add_colour_option(CLI::App& app);
[[nodiscard]] bool colour(int descriptor);
// Diagnostics for people, to the stream.
void print_diagnostics(const Compilation& compilation, std::FILE* stream);
// Says it on stderr; returns kUsage.
int usage_error(std::string_view message);
// The page of a diagnostic; empty: there is none.
[[nodiscard]] std::string_view diagnostic_page(std::string_view id);

}  // namespace fts::driver
