// ftsc explain FILE NAME: what the plan does to one parameter or module, and which line says so.
#pragma once
#include <string>

#include "compiler/driver/compile.hpp"

namespace fts::driver {

// For people; `compilation` has a plan. Empty: the model has neither a parameter nor a module of that name.
[[nodiscard]] std::string explain_name(const Compilation& compilation, const std::string& name);

}  // namespace fts::driver
