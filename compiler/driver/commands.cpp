#include "compiler/driver/commands.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "compiler/base/render.hpp"

namespace fts::driver {

void add_file_options(CLI::App& command, FileOptions& options) {
  command.add_option("file", options.request.file, "the .fts file")->required();
  command.add_option("-m,--model", options.request.model, "the model's graph or weights; overrides the file's own");
  command.add_option("-s,--strategy", options.request.options.strategy, "one of the file's strategies");
  command.add_option("--set", options.sets, "an input's value, as name=value");
  command.add_option("--root", options.request.options.root, "the folder that `use` may not leave");
}

std::optional<Compilation> run_with(FileOptions& options) {
  for (const auto& set : options.sets) {
    const auto equals = set.find('=');
    if (equals == std::string::npos || equals == 0) {
      fmt::print(stderr, "ftsc: --set wants name=value, not '{}'\n", set);
      return std::nullopt;
    }
    options.request.options.inputs[set.substr(0, equals)] = set.substr(equals + 1);
  }
  return run(options.request);
}

bool colour(int descriptor) { return isatty(descriptor) != 0 && std::getenv("NO_COLOR") == nullptr; }

void print_diagnostics(const Compilation& compilation, std::FILE* stream) {
  const RenderStyle style{.colour = colour(fileno(stream))};
  fmt::print(stream, "{}", render(compilation.diagnostics, *compilation.sources, style));
}

}  // namespace fts::driver
