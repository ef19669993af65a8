// To Python FTS: a checked program as a schedule and a LightningCLI configuration.
#pragma once
#include <optional>
#include <string>

#include "compiler/base/diagnostic.hpp"
#include "compiler/plan/plan.hpp"
#include "compiler/resolve/resolve.hpp"

namespace fts::interop {

struct Exported {
  std::string schedule;       // the file that ft_schedule names
  std::string configuration;  // trainer with its callbacks, optimizer, lr_scheduler, strategy
};

// `schedule_path` is what the configuration's ft_schedule says. Nothing: Python FTS cannot express the program
// (FTS1209, each construct); what it does otherwise is a warning (FTS1210).
[[nodiscard]] std::optional<Exported> export_yaml(const resolve::Program& program, const plan::Plan& plan,
                                                  const graph::ParamGraph& graph, const std::string& schedule_path,
                                                  Diagnostics& diagnostics);

}  // namespace fts::interop
