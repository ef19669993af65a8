// What differs between a record and its replay.
#pragma once
#include <string>
#include <vector>

#include "tests/oracle/replay.hpp"

namespace fts::oracle {

struct Differences {
  double tolerance = 1e-6;
  // Tensors whose gradient is nothing but rounding, which depends on the processor; they, and the losses of validations
  // that see them, need only be near.
  std::vector<std::string> rounding = {};
  std::vector<std::string> all = {};
  void add(std::string difference) { all.push_back(std::move(difference)); }
};

// Epoch by epoch: depth, what trains, optimizer, groups with their rates, the steps' rates and losses. Recorded epochs
// before `first` are passed over; so is the one that was interrupted by a resume, which has no steps.
void compare_epochs(const nlohmann::json& recorded, const nlohmann::json& replayed, std::int64_t first,
                    Differences& differences);
void compare_transitions(const nlohmann::json& recorded, const nlohmann::json& replayed, Differences& differences);
void compare_end(const nlohmann::json& recorded, const nlohmann::json& replayed, Differences& differences);
// Every tensor's greatest difference is at most tolerance × max(1, its greatest weight).
void compare_weights(const Case& recorded, const std::string& prefix, const torch::nn::Module& module,
                     Differences& differences);

}  // namespace fts::oracle
