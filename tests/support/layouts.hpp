// Formatting changes no plan.
#pragma once
#include <functional>
#include <string>

#include "compiler/driver/compile.hpp"

namespace fts::test {

// Compiles the text, which must give a plan, as it stands and as the formatter lays it out: as `ftsc fmt` does, and on
// lines so short that everything breaks. Expects one plan.
void expect_one_plan_in_every_layout(const std::string& text,
                                     const std::function<driver::Compilation(const std::string& text)>& compile);

}  // namespace fts::test
