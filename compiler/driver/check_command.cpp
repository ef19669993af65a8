// ftsc check: every diagnostic of files.
#include <unistd.h>

#include <fmt/format.h>

#include "compiler/base/render.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/driver/files.hpp"
#include "compiler/driver/fixes.hpp"
#include "compiler/driver/watch.hpp"

namespace fts::driver {

namespace {

struct Options {
  FileOptions compiling;
  std::vector<std::string> files;
  std::string format = "human";
  bool fix = false;
  bool dry_run = false;
  bool watch = false;
};

struct Checked {
  std::string file;
  Compilation result;
};

std::string summary(const Checked& checked) {
  const Compilation& result = checked.result;
  if (!result.program || result.diagnostics.has_errors()) return {};
  const std::size_t phases = result.plan ? result.plan->schedule.phases.size() : result.program->phases.size();
  return fmt::format("{}: {} {} over {} parameters of {}\n", checked.file, phases, phases == 1 ? "phase" : "phases",
                     result.graph->parameter_count(), result.graph->model());
}

void print(const std::vector<Checked>& all, const std::string& format) {
  if (format == "human") {
    for (const auto& checked : all) {
      print_diagnostics(checked.result, stdout);
      fmt::print("{}", summary(checked));
    }
    return;
  }
  std::vector<Report> reports;
  for (const auto& [file, result] : all) reports.push_back({result.diagnostics, *result.sources, file});
  fmt::print("{}", format == "json" ? render_json(reports) : render_sarif(reports, FTS_VERSION));
}

// Writes the mended files, or shows what would change.
int keep(const Fixed& fixed, const Request& request, bool dry_run) {
  for (const auto& [path, text] : fixed.texts) {
    if (dry_run) {
      SourceMap sources;
      const auto before = sources.read(path);
      fmt::print("{}", unified_diff(path, before ? sources.file(*before).text() : "", text));
    } else if (const auto written = write_text(path, text); !written) {
      fmt::print(stderr, "ftsc: {}\n", written.error());
      return kUsage;
    }
  }
  if (fixed.count != 0) {
    fmt::print(stderr, "{}: {} {} {}\n", request.file, fixed.count, fixed.count == 1 ? "fault" : "faults",
               dry_run ? "can be mended" : "mended");
  }
  return kDone;
}

int check_once(const Options& options, Watcher* watcher) {
  std::vector<Checked> all;
  int status = kDone;
  for (const auto& file : options.files) {
    Request request = options.compiling.request;
    request.file = file;
    if (options.fix) {
      Fixed fixed = run_and_fix(request);
      status = std::max(status, keep(fixed, request, options.dry_run));
      all.push_back({file, options.dry_run ? run(request) : std::move(fixed.result)});
    } else {
      all.push_back({file, run(request)});
    }
    if (all.back().result.diagnostics.has_errors()) status = std::max<int>(status, kErrors);
    if (watcher != nullptr) watcher->add(paths_of(all.back().result));
  }
  if (!options.dry_run) print(all, options.format);
  return status;
}

int watch(const Options& options) {
  Watcher watcher;
  watcher.add({options.files.begin(), options.files.end()});
  do {
    if (isatty(STDOUT_FILENO) != 0) fmt::print("\x1b[2J\x1b[3J\x1b[H");
    check_once(options, &watcher);
    std::fflush(stdout);
  } while (watcher.wait());
  return kDone;
}

int check(Options& options) {
  const bool stdin_twice = std::count(options.files.begin(), options.files.end(), "-") > (options.watch ? 0 : 1);
  if (stdin_twice) return usage_error(options.watch ? "stdin cannot be watched" : "stdin can be read only once");
  if (options.dry_run && options.files.front() == "-") return usage_error("--dry-run wants a file, not stdin");
  if (!prepare(options.compiling)) return kUsage;
  auto& request = options.compiling.request;
  request.wanted = request.resume.empty() ? Wanted::diagnostics : Wanted::schedule;
  return options.watch ? watch(options) : check_once(options, nullptr);
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("check", "report every fault of files, held against their model");
  auto options = std::make_shared<Options>();
  command->add_option("files", options->files, "the .fts files, or - for stdin")->required();
  add_compile_options(*command, options->compiling);
  command->add_option("--format", options->format, "human, json or sarif")
      ->check(CLI::IsMember({"human", "json", "sarif"}));
  auto* fix = command->add_flag("--fix", options->fix, "apply the safe fixes and check again, until none is left");
  command->add_flag("--dry-run", options->dry_run, "with --fix: write nothing, show what would change")->needs(fix);
  command->add_flag("--watch", options->watch, "check again whenever a file, what it uses or its model changes");
  command->add_option("--resume", options->compiling.request.resume, "a checkpoint that is to go on under the file");
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace fts::driver
