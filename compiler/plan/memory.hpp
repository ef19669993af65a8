// What each phase of a plan takes of a rank's memory, and what it moves over the network a step. All of it is computed
// from shapes; nothing is measured, and activations are not in it. The formulae stand in docs/MEMORY.md.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/plan/plan.hpp"

namespace fts::plan {

// The processes of a run, as a mesh of data-parallel by tensor-parallel ranks.
struct Ranks {
  std::int64_t data = 1;
  std::int64_t tensor = 1;
};

// The mesh of a strategy in a world of that many processes; 0: the world that its mesh says, or one process. The error
// is a sentence ("a mesh of 2 x 4 needs 8 processes, not 6").
[[nodiscard]] tl::expected<Ranks, std::string> ranks_of(const Strategy& strategy, std::int64_t world);

// One phase on the rank that holds most. Bytes.
struct PhaseMemory {
  double parameters = 0;  // shards, and what is whole
  double gradients = 0;
  double optimizer = 0;           // state of what has been trained, as the optimizer in force keeps it
  double gathered = 0;            // most that is whole at one time beside the shards
  double reduced = 0;             // the largest gradient that is whole before it is reduced; of ddp, the buckets
  double host = 0;                // of the above, what lies in the CPU's memory
  double moved = 0;               // received by a rank each step
  std::size_t trained_units = 0;  // with a gradient

  // Device memory at the worst moment of a step.
  [[nodiscard]] double device() const { return parameters + gradients + optimizer + gathered + reduced - host; }
};

// One for each phase. Parameters whose shape is not known count as nothing.
[[nodiscard]] std::vector<PhaseMemory> memory(const Plan& plan, const Strategy& strategy, Ranks ranks);

// Three digits and a unit that suits them, at most eight columns: "68 B", "1.66 KiB", "191 MiB".
[[nodiscard]] std::string bytes_in_words(double bytes);

// The tables and the JSON that `ftsc plan --world` adds: an array of
// {"strategy","adapter","ranks":{"data","tensor"},"units","phases":[{"name",…}]}.
struct StrategyMemory {
  const Strategy* strategy = nullptr;
  Ranks ranks;
  std::vector<PhaseMemory> phases;
};
[[nodiscard]] std::string memory_table(const Plan& plan, const StrategyMemory& memory, bool colour);
[[nodiscard]] nlohmann::ordered_json memory_json(const Plan& plan, const StrategyMemory& memory);

}  // namespace fts::plan
