#include "compiler/adapters/plugin_schema.hpp"

#include "compiler/base/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fts::fuzz {

void plugin_schema(std::string_view bytes) {
  const auto schema = adapters::read_plugin_schema(bytes);
  if (!schema) {
    FTS_CHECK(!schema.error().empty());
    return;
  }
  FTS_CHECK(!schema->classes.empty());
  for (const auto& plugin : schema->classes) {
    FTS_CHECK(!plugin.name.empty());
    (void)adapters::renamed(plugin.renames, "encoder.layer.0.attention.self.query.weight");
  }
}

}  // namespace fts::fuzz
