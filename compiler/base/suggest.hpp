// "Did you mean": the nearest of known names.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fts {

// Damerau–Levenshtein distance (optimal string alignment; Boytsov 2011), at most `limit` + 1.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// Up to `count` candidates near `name`, nearest first, then in their own order. Near: within a third of its length.
[[nodiscard]] std::vector<std::string> nearest(std::string_view name, const std::vector<std::string_view>& candidates,
                                               std::size_t count = 3);

// "did you mean 'a', 'b' or 'c'?" or empty.
[[nodiscard]] std::string did_you_mean(const std::vector<std::string>& names);

}  // namespace fts
