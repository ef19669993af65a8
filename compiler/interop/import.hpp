// From Python FTS: a schedule and any part of a LightningCLI configuration as one .fts file.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.hpp"
#include "compiler/base/source.hpp"

namespace fts::interop {

struct ImportRequest {
  std::string schedule;              // a path; empty: the configuration's own, or the implicit one
  std::vector<std::string> configs;  // paths; a later one wins
};

// The text of the .fts file (`compat = fts`). Nothing: there are errors in the YAML, each placed in it; what names fail
// to match is left to `check`. Warnings say what FTS ignores, reads otherwise, or what has no place in fts.
[[nodiscard]] std::optional<std::string> import_yaml(const ImportRequest& request, SourceMap& sources,
                                                     Diagnostics& diagnostics);

}  // namespace fts::interop
