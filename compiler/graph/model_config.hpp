// What a model's config.json tells beyond its parameters.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace fts::graph {

struct ModelConfig {
  std::optional<std::int64_t> num_attention_heads;
  std::optional<std::int64_t> num_key_value_heads;
  std::optional<std::int64_t> head_dim;
  std::optional<std::int64_t> hidden_size;
  std::optional<std::int64_t> vocab_size;
};

// Reads a config.json as transformers writes them; of a model of several parts, the text model's. Fields that are
// missing or no positive whole numbers stay unknown. Errors (FTS0801): no such file, more than 16 MiB, no JSON object.
[[nodiscard]] tl::expected<ModelConfig, Error> read_config(const std::string& path);

}  // namespace fts::graph
