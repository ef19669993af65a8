// ftsc fmt: the canonical form of files.
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "compiler/base/render.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/driver/files.hpp"
#include "compiler/resolve/spelling.hpp"
#include "grammar/format.hpp"
#include "grammar/grammar.hpp"

namespace fts::driver {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> paths;
  bool check = false;
  bool diff = false;
};

// The files that the paths name; a folder stands for the .fts files under it.
std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    if (path == "-" || !fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const std::size_t first = files.size();
    for (const auto& entry : fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied)) {
      if (entry.is_regular_file() && entry.path().extension() == ".fts") files.push_back(entry.path().string());
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
  }
  return files;
}

int format_file(const std::string& path, const Options& options) {
  SourceMap sources;
  const auto file = sources.read(path);
  if (!file) {
    fmt::print(stderr, "ftsc: {}\n", file.error());
    return kUsage;
  }
  const std::string_view text = sources.file(*file).text();
  Diagnostics faults;
  const auto tree = grammar::parse(*file, text, faults);
  fmt::print(stderr, "{}", render(faults, sources, {.colour = colour(STDERR_FILENO)}));
  const int status = faults.has_errors() ? kErrors : kDone;
  const std::string formatted = grammar::format(tree, text, {.short_spelling = resolve::short_spelling});
  const bool same = formatted == text;
  if (options.diff) fmt::print("{}", unified_diff(sources.file(*file).path(), text, formatted));
  if (options.check) {
    if (!same) fmt::print("{}\n", sources.file(*file).path());
    return same ? status : kErrors;
  }
  if (options.diff || (same && path != "-")) return status;
  const auto written = write_text(path, formatted);
  if (!written) fmt::print(stderr, "ftsc: {}\n", written.error());
  return written ? status : kUsage;
}

int format_all(const Options& options) {
  int status = kDone;
  for (const auto& path : files_of(options.paths)) status = std::max(status, format_file(path, options));
  return status;
}

}  // namespace

void add_fmt(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("fmt", "bring files into the canonical form");
  auto options = std::make_shared<Options>();
  command->add_option("files", options->paths, "files, folders with .fts files, or - for stdin to stdout")->required();
  command->add_flag("--check", options->check, "write nothing; list the files that would change, and end with 1");
  command->add_flag("--diff", options->diff, "write nothing; show what would change");
  command->callback([options, &exit_code] { exit_code = format_all(*options); });
}

}  // namespace fts::driver
