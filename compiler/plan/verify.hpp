// Inside the stage: the parts of verify().
#pragma once
#include "compiler/plan/plan.hpp"

namespace fts::plan {

// The violations in units and tensor-parallel splits of strategies.
[[nodiscard]] std::vector<std::string> verify_strategies(const Plan& plan);

}  // namespace fts::plan
