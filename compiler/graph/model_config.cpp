#include "compiler/graph/model_config.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"
#include "compiler/graph/input.hpp"

namespace fts::graph {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 24;

void read_field(const nlohmann::json& object, const char* key, std::optional<std::int64_t>& into) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return;
  const auto value = found->get<std::int64_t>();
  if (value > 0 && value < (std::int64_t{1} << 40)) into = value;
}

}  // namespace

tl::expected<ModelConfig, Error> read_config(const std::string& path) {
  const auto fault = [&](const std::string& why) {
    return tl::unexpected(make_error(Code::model_unreadable, fmt::format("'{}' cannot be read: {}", path, why),
                                     "config names a model's config.json"));
  };
  const auto bytes = Bytes::map(path);
  if (!bytes) return tl::unexpected(make_error(Code::model_unreadable, bytes.error()));
  if (bytes->view().size() > kMaxBytes) return fault("it has more than 16 MiB");
  const auto json = nlohmann::json::parse(bytes->view(), nullptr, false);
  if (!json.is_object()) return fault("it is no JSON object");
  const auto text = json.find("text_config");
  const nlohmann::json& object = text != json.end() && text->is_object() ? *text : json;
  ModelConfig config;
  for (const char* key : {"num_attention_heads", "n_head", "num_heads"}) {
    if (!config.num_attention_heads) read_field(object, key, config.num_attention_heads);
  }
  for (const char* key : {"hidden_size", "n_embd", "d_model", "dim"}) {
    if (!config.hidden_size) read_field(object, key, config.hidden_size);
  }
  read_field(object, "num_key_value_heads", config.num_key_value_heads);
  read_field(object, "head_dim", config.head_dim);
  read_field(object, "vocab_size", config.vocab_size);
  return config;
}

}  // namespace fts::graph
