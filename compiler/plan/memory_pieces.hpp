// Inside the stage: the parts of a model that are sharded, gathered and reduced as one, on one rank.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compiler/plan/memory.hpp"

namespace fts::plan {

// A part of the model that is sharded, gathered and reduced as one.
struct Piece {
  struct Part {
    std::uint32_t parameter = 0;
    double whole = 0;   // elements on a rank while gathered (after tensor parallel)
    double shard = 0;   // elements on a rank else
    double stored = 4;  // bytes an element
  };
  std::vector<Part> parts;
  bool sharded = true;
  bool flat = false;   // trains as a whole, or not at all
  bool views = false;  // flat, but the optimizer sees the parameters
  bool offloaded = false;
  double gather_bytes = 0;  // an element while gathered; 0: as stored
  double reduce_bytes = 0;  // an element of a reduction; 0: as gathered
  double kept = 0;          // share that stays gathered between forward and backward: 0, 1/n, 1
  std::uint32_t last = 0;   // position of its last parameter

  [[nodiscard]] double sum(const std::function<double(const Part&)>& of) const {
    double total = 0;
    for (const Part& part : parts) total += of(part);
    return total;
  }
  [[nodiscard]] double gathered() const {
    return sum([&](const Part& p) { return p.whole * (gather_bytes > 0 ? gather_bytes : p.stored); });
  }
};

// Every unit in the plan's order, and behind them one piece for what is in none.
[[nodiscard]] std::vector<Piece> pieces_of(const Plan& plan, const Strategy& strategy, Ranks ranks);

// A setting; null, empty, false or 0 where it is not there.
[[nodiscard]] const nlohmann::json* setting_at(const nlohmann::json& object, const char* key);
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* key);
[[nodiscard]] bool flag_at(const nlohmann::json& object, const char* key);
[[nodiscard]] double number_at(const nlohmann::json& object, const char* key);

}  // namespace fts::plan
