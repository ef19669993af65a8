// Which of the standard modules speaks of a model.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "compiler/graph/param_graph.hpp"

namespace fts::driver {

// The standard module ("llama" for std.llama) of the model's family: by `architecture` (the class that its config.json
// names; may be empty), else by the types of its modules, else by its names. nullopt: no module knows it.
[[nodiscard]] std::optional<std::string_view> family_of(const graph::ParamGraph& graph, std::string_view architecture);

}  // namespace fts::driver
