// The schema file of a plugin (docs/PLUGINS.md): what `libX.schema.json` beside `libX.so` says of the adapters in the
// library, so that nothing of the library is loaded to check a file.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/resolve/schema.hpp"

namespace fts::adapters {

struct PluginConstraint {
  std::string attribute;
  std::vector<std::string> needs, excludes;
};

// Dotted names whose beginning is `from` begin with `to` for the plugin; `*` is one piece, taken over in order.
struct PluginRename {
  std::vector<std::string> from, to;
};

struct PluginClass {
  std::string name;        // as plugin("…") calls it, lower case
  std::string class_name;  // as plugin("x.so:…") may
  std::string doc;
  std::vector<resolve::AttributeSchema> attributes;
  std::vector<PluginConstraint> constraints;
  std::vector<PluginRename> renames;
};

struct PluginSchema {
  std::string path;
  std::string abi, fts_version, torch_version;  // of the build; empty where it does not say
  std::vector<PluginClass> classes;
};

// Reads the text of a schema file. Total on hostile text: at most 1 MiB, types nested at most 8 deep, strict keys. The
// error is a sentence with the JSON path in front ("classes[0].attributes[2].type: there is no type 'intger'").
[[nodiscard]] tl::expected<PluginSchema, std::string> read_plugin_schema(std::string_view text);

// Which file, and which class in it, plugin("which") means; `folders` in order. The error is a sentence that tells
// where it was looked for.
struct PluginPlace {
  std::string path;
  std::string class_name;  // empty: the only one
};
[[nodiscard]] tl::expected<PluginPlace, std::string> find_plugin(std::string_view which,
                                                                 const std::vector<std::string>& folders);

// The parameter's name for the plugin.
[[nodiscard]] std::string renamed(const std::vector<PluginRename>& renames, std::string_view name);

}  // namespace fts::adapters
