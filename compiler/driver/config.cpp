#include "compiler/driver/config.hpp"

#include <filesystem>

namespace fts::driver {

namespace {

namespace fs = std::filesystem;

graph::ModelConfig beside(const std::string& model_path) {
  if (model_path.empty()) return {};
  std::error_code ignored;
  const fs::path folder =
      fs::is_directory(model_path, ignored) ? fs::path(model_path) : fs::path(model_path).parent_path();
  const auto path = folder / "config.json";
  if (!fs::is_regular_file(path, ignored)) return {};
  return graph::read_config(path.string()).value_or(graph::ModelConfig{});  // nobody named it: it may be another's
}

graph::ModelConfig named(const resolve::Value& name, const std::string& folder, Diagnostics& diagnostics) {
  auto config = graph::read_config((fs::path(folder) / name.as<resolve::Text>()->text).string());
  if (config) return *config;
  for (auto& d : config.error().diagnostics) {
    d.span = name.span;
    diagnostics.all().push_back(std::move(d));
  }
  return {};
}

}  // namespace

graph::ModelConfig config_of(const resolve::Program& program, const std::string& file_folder,
                             const std::string& model_path, Diagnostics& diagnostics) {
  const auto* model = program.model;
  const auto* name = model == nullptr ? nullptr : model->value("config");
  const bool is_named = name != nullptr && name->as<resolve::Text>() != nullptr;
  graph::ModelConfig config = is_named ? named(*name, file_folder, diagnostics) : beside(model_path);
  if (model == nullptr) return config;
  const auto over = [&](std::string_view attribute, std::optional<std::int64_t>& field) {
    if (const auto given = model->integer(attribute)) field = given;
  };
  over("num_attention_heads", config.num_attention_heads);
  over("num_key_value_heads", config.num_key_value_heads);
  over("hidden_size", config.hidden_size);
  over("vocab_size", config.vocab_size);
  return config;
}

}  // namespace fts::driver
