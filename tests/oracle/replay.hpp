// Runs a case as a program would, and writes down what happened in the records' own form.
#pragma once
#include <optional>
#include <string>

#include "runtime/session/session.hpp"
#include "tests/oracle/case.hpp"
#include "tests/oracle/models.hpp"

namespace fts::oracle {

struct Replayed {
  nlohmann::json epochs = nlohmann::json::array();
  nlohmann::json transitions = nlohmann::json::array();
  nlohmann::json end;                // epochs_run, global_step, final_depth, reason, best_epoch, best_depth
  std::optional<std::string> error;  // what ended the run early
};

// Trains `model` under `plan` to its end. What cannot be opened is an error too. `before` are the epochs of the run
// that this one resumes.
[[nodiscard]] Replayed replay(const Case& recorded, Model& model, const plan::Plan& plan, const Options& options,
                              const nlohmann::json& before = nlohmann::json::array());

}  // namespace fts::oracle
