// Of ftsc explain: the unit that a parameter or a module is gathered and reduced with.
#pragma once
#include <optional>
#include <string>

#include "compiler/driver/compile.hpp"

namespace fts::driver {

struct UnitPlace {
  std::string words;      // "in the unit of encoder.layer.3", "is a unit", "in no unit"
  std::string attribute;  // of the strategy, that made it so; empty: none did
  Span span;              // of what is written there
};

// Where a strategy of the plan has the parameter, or the module where that is kNone; nullopt: it has no units.
[[nodiscard]] std::optional<UnitPlace> unit_place(const Compilation& compilation, const resolve::Strategy& strategy,
                                                  graph::ModuleId module, graph::ParamId parameter);

}  // namespace fts::driver
