// Loads the library of an adapter plugin, and writes its schema.
#pragma once
#include <memory>
#include <string>

#include "runtime/adapters/adapter.hpp"
#include "runtime/adapters/find_plugin.hpp"
#include "runtime/adapters/plugin.hpp"

namespace fts {

// The adapter; its library stays loaded. FTS1105: it cannot be loaded, was built with other versions, or lacks the
// class.
[[nodiscard]] tl::expected<std::unique_ptr<Adapter>, Error> load_plugin(const PluginPlace& plugin);

// The text of the schema file of a library, which is loaded for it: what the build of a plugin runs. FTS1105.
[[nodiscard]] tl::expected<std::string, Error> plugin_schema(const std::string& library);

}  // namespace fts
