// The phases of an FTS schedule.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/interop/values.hpp"

namespace fts::interop {

struct PhaseYaml {
  std::int64_t depth = 0;
  const Yaml* key = nullptr;
  const Yaml* body = nullptr;
};

// The phases of a schedule, by depth. Keys are converted as FTS does; what FTS refuses then or later is an error
// (FTS1203), but what can be read is given back, for its own faults. Nothing: this is no schedule.
[[nodiscard]] std::optional<std::vector<PhaseYaml>> phases_of(const Context& context, const Yaml& schedule);

// What the callback's arguments change in the phases.
struct PhaseSettings {
  bool epoch_transitions_only = false;
  const Yaml* reinit_optimizer = nullptr;  // takes the place of every later phase's new_optimizer
};

// Writes `phase name { … }` for each.
void write_phases(const Context& context, const std::vector<PhaseYaml>& phases, const PhaseSettings& settings,
                  Writer& writer);

// A name for each phase, from what its entries name: "classifier", "layer_6_to_9". Unique identifiers.
[[nodiscard]] std::vector<std::string> phase_names(const std::vector<std::vector<std::string>>& entries);

}  // namespace fts::interop
