// What an embedding program brings itself, where the schedule names none: its optimizer and its scheduler.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>
#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace torch::optim {
class Optimizer;
}

namespace fts::session {

struct OwnOptimizer {
  struct Group {
    std::vector<std::uint32_t> positions;  // in Plan::parameters, ascending
    nlohmann::json arguments;              // all of the optimizer's
  };
  plan::Spec spec;  // with the optimizer's defaults
  std::vector<Group> groups;
};

struct Own {
  std::optional<OwnOptimizer> optimizer;
  std::optional<plan::Spec> lr_scheduler;
};

// Reads class, arguments and groups of one of LibTorch's optimizers; `parameters` are the model's by position. State
// that it has gathered is not taken over. FTS1002: a class of the program's own, or a parameter that is no model's.
[[nodiscard]] tl::expected<OwnOptimizer, Error> read_optimizer(torch::optim::Optimizer& optimizer,
                                                               const std::vector<at::Tensor>& parameters);

}  // namespace fts::session
