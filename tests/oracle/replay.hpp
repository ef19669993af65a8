// Runs a case as a program would, and writes down what happened in the records' own form.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "runtime/session/session.hpp"
#include "tests/oracle/case.hpp"
#include "tests/oracle/models.hpp"

namespace fts::oracle {

// The processes that share a case: each trains its part of every batch. By default one, under the adapter `base`.
struct Ranks {
  std::string adapter = "base";
  std::shared_ptr<World> world;
  double tolerance = 1e-6;  // of losses and weights
};

struct Replayed {
  nlohmann::json epochs = nlohmann::json::array();
  nlohmann::json transitions = nlohmann::json::array();
  nlohmann::json end;                // epochs_run, global_step, final_depth, reason, best_epoch, best_depth
  std::optional<std::string> error;  // what ended the run early
};

// Trains `model` under `plan` to its end. What cannot be opened is an error too. `before` are the epochs of the run
// that this one resumes.
[[nodiscard]] Replayed replay(const Case& recorded, Model& model, const plan::Plan& plan, const Options& options,
                              const Ranks& ranks, const nlohmann::json& before = nlohmann::json::array());

}  // namespace fts::oracle
