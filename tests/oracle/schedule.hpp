// A recorded run's configuration as the session takes it: the plan that the importer and the compiler make of schedule
// and configuration, and configure_optimizers' optimizer and scheduler as the program's own.
#pragma once
#include <string>
#include <tl/expected.hpp>

#include "runtime/session/session.hpp"
#include "tests/oracle/case.hpp"
#include "tests/oracle/models.hpp"

namespace fts::oracle {

// `folder` is for the files in between. The error is all that importer and compiler report.
[[nodiscard]] tl::expected<plan::Plan, std::string> plan_of(const Case& recorded, const torch::nn::Module& module,
                                                            const std::string& folder);
[[nodiscard]] Options options_of(const Case& recorded, const torch::nn::Module& module, const plan::Plan& plan);

}  // namespace fts::oracle
