#include "compiler/driver/commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "compiler/base/render.hpp"

namespace fts::driver {

namespace {
std::string colour_wish = "auto";
}

void add_file_options(CLI::App& command, FileOptions& options) {
  command.add_option("file", options.request.file, "the .fts file, or - for stdin")->required();
  add_compile_options(command, options);
}

void add_compile_options(CLI::App& command, FileOptions& options) {
  command.add_option("-m,--model", options.request.model, "the model's graph or weights; overrides the file's own");
  command.add_option("-s,--strategy", options.request.options.strategy, "one of the file's strategies");
  command.add_option("--set", options.sets, "an input's value, as name=value")->allow_extra_args(false);
  command.add_option("--root", options.request.options.root, "the folder that `use` may not leave");
  command.add_option("-W,--level", options.levels, "a diagnostic's level: FTS0505=off, =warning or =error")
      ->allow_extra_args(false);
  command.add_option("--deny", options.denied, "warnings: make them errors")
      ->check(CLI::IsMember({"warnings"}))
      ->allow_extra_args(false);
}

bool prepare(FileOptions& options) {
  for (const auto& set : options.sets) {
    const auto equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      usage_error(fmt::format("--set wants name=value, not '{}'", set));
      return false;
    }
    options.request.options.inputs[set.substr(0, equals)] = set.substr(equals + 1);
  }
  for (const auto& text : options.levels) {
    const auto level = parse_level(text);
    if (!level) {
      usage_error("-W: " + level.error());
      return false;
    }
    options.request.options.levels.codes.insert_or_assign(level->first, level->second);
  }
  options.request.options.levels.deny_warnings = !options.denied.empty();
  return true;
}

std::optional<Compilation> run_with(FileOptions& options) {
  if (!prepare(options)) return std::nullopt;
  return run(options.request);
}

std::set<std::string> paths_of(const Compilation& compilation) {
  std::set<std::string> paths;
  for (FileId f = 0; f < compilation.sources->size(); ++f) paths.insert(compilation.sources->file(f).path());
  if (!compilation.model_path.empty()) paths.insert(compilation.model_path);
  const auto* model = compilation.program ? compilation.program->model : nullptr;
  const auto* config = model == nullptr ? nullptr : model->value("config");
  if (const auto* named = config == nullptr ? nullptr : config->as<resolve::Text>(); named != nullptr) {
    const std::filesystem::path file = compilation.sources->file(FileId{0}).path();
    paths.insert((file.parent_path() / named->text).string());
  }
  return paths;
}

void add_colour_option(CLI::App& app) {
  app.add_option("--color", colour_wish, "always, never or auto (on a terminal, unless NO_COLOR is set)")
      ->check(CLI::IsMember({"always", "never", "auto"}));
}

bool colour(int descriptor) {
  if (colour_wish != "auto") return colour_wish == "always";
  return isatty(descriptor) != 0 && std::getenv("NO_COLOR") == nullptr;
}

void print_diagnostics(const Compilation& compilation, std::FILE* stream) {
  const RenderStyle style{.colour = colour(fileno(stream))};
  fmt::print(stream, "{}", render(compilation.diagnostics, *compilation.sources, style));
}

int usage_error(std::string_view message) {
  fmt::print(stderr, "ftsc: {}\n", message);
  return kUsage;
}

}  // namespace fts::driver
