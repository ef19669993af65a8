// Finds the library of an adapter plugin by the schema files that lie beside libraries. No library is loaded for it.
#pragma once
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"

namespace fts {

struct PluginPlace {
  std::string library;
  std::string class_name;
};

// What `plugin("…")` means: "name" is looked for in `folder` and in the folders of FTS_ADAPTER_PATH (colons between
// them), and "x.so" or "x.so:Class" is a path from `folder`, or a file in any of those. FTS1105: there is none, it was
// built for another version, or it has several classes and none was chosen. Other schemas that cannot be used become
// `warnings`.
[[nodiscard]] tl::expected<PluginPlace, Error> find_plugin(const std::string& which, const std::string& folder,
                                                           std::vector<Diagnostic>& warnings);

}  // namespace fts
