// Which whole numbers stand in a model's names where a pattern has an index: `"**.layers.${l}.experts.${e}"`.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "compiler/resolve/pattern.hpp"

namespace fts::resolve {

using IndexTuple = std::vector<std::int64_t>;

// A piece of a glob, or the place of an index in it.
struct IndexPiece {
  GlobPiece glob;
  std::optional<std::size_t> index;  // which one
};

// The tuples of `indices` numbers, written as `${i}` writes them, with which the pattern matches one of the names. An
// index may stand in several places. Linear in the names; nullopt: the pattern is faulty.
[[nodiscard]] std::optional<std::set<IndexTuple>> indices_in(const std::vector<std::string_view>& names,
                                                             const std::vector<IndexPiece>& pieces,
                                                             std::size_t indices);

}  // namespace fts::resolve
