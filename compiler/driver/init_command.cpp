// ftsc init: the first file for a model.
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/error.hpp"
#include "compiler/driver/commands.hpp"
#include "compiler/driver/files.hpp"
#include "compiler/driver/init.hpp"
#include "compiler/graph/graph.hpp"

namespace fts::driver {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string model;
  std::string output;
  bool force = false;
};

fs::path folder_of(const fs::path& model) {
  std::error_code ignored;
  return fs::is_directory(model, ignored) ? model : model.parent_path();
}

// The class that a config.json beside the weights names first; empty: there is none, or it names none.
std::string architecture(const fs::path& model) {
  std::ifstream in(folder_of(model) / "config.json", std::ios::binary);
  const auto config = nlohmann::json::parse(in, nullptr, false);
  if (!config.is_object()) return {};
  const auto named = config.find("architectures");
  const bool there = named != config.end() && named->is_array() && !named->empty() && named->front().is_string();
  return there ? named->front().get<std::string>() : std::string();
}

// The model's path as the file shall name it: relative to the file's folder, unless it was given absolute.
std::string path_from(const fs::path& model, const fs::path& output) {
  if (model.is_absolute() || output.empty()) return model.string();
  return fs::absolute(model).lexically_normal().lexically_relative(
      fs::absolute(output).lexically_normal().parent_path());
}

int write(const Options& options) {
  const bool to_stdout = options.output.empty() || options.output == "-";
  const auto config = (folder_of(options.model) / "config.json").string();
  const auto may = may_write(options.output, {options.model, config}, options.force ? Over::anything : Over::nothing);
  if (!may) return usage_error(may.error());
  const auto graph = graph::read(options.model);
  if (!graph) {
    fmt::print(stderr, "{}", graph.error().text());
    return kErrors;
  }
  const auto path = path_from(options.model, to_stdout ? "" : options.output);
  const std::string text = initial_file(*graph, {path, architecture(options.model)});
  if (const auto written = write_text(to_stdout ? "-" : options.output, text); !written) {
    fmt::print(stderr, "ftsc: {}\n", written.error());
    return kUsage;
  }
  if (to_stdout) return kDone;
  fmt::print("{}: written for {}; `ftsc plan {}` shows what it does\n", options.output, graph->model(), options.output);
  return kDone;
}

}  // namespace

void add_init(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("init", "write a first file for a model");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "the model's graph or weights, as `ftsc graph` takes them")->required();
  command->add_option("-o,--output", options->output, "the file to write; to the terminal if left out");
  command->add_flag("--force", options->force, "write over a file that is there");
  command->callback([options, &exit_code] { exit_code = write(*options); });
}

}  // namespace fts::driver
