// What differs between a record and its replay.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/oracle/replay.hpp"

namespace fts::oracle {

struct Differences {
  double tolerance = 1e-6;
  std::vector<std::string> all = {};
  // Of numbers that training comes to (losses, weights): the greatest, relative to max(1, number). Where all
  // differences are of that kind, rounding may be their cause.
  double greatest = 0;
  bool of_numbers_only = true;

  void add(std::string difference) {
    of_numbers_only = false;
    all.push_back(std::move(difference));
  }
  void add_number(std::string difference, double size) {
    if (!std::isfinite(size)) return add(std::move(difference));
    greatest = std::max(greatest, size);
    all.push_back(std::move(difference));
  }
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
