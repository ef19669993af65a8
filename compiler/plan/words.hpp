// Inside the stage: how the enumerators are spelled in a plan's JSON.
#pragma once
#include <array>
#include <string_view>

#include "compiler/plan/plan.hpp"

namespace fts::plan {

inline constexpr std::array<std::string_view, 7> kKinds = {"any",    "all",  "plateau", "epoch",
                                                           "epochs", "step", "metric"};
inline constexpr std::array<std::string_view, 4> kCompares = {"<", "<=", ">", ">="};

[[nodiscard]] constexpr std::string_view word(Condition::Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
[[nodiscard]] constexpr std::string_view word(Condition::Compare compare) {
  return kCompares[static_cast<std::size_t>(compare)];
}

// Conditions nested deeper are refused; so is JSON of settings and arguments.
inline constexpr int kMaxConditionDepth = 32;
inline constexpr int kMaxJsonDepth = 64;

}  // namespace fts::plan
