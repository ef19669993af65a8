// Where a selection stands, and of what it is a set.
#pragma once
#include "compiler/base/span.hpp"

namespace fts::resolve {

enum class Domain { parameters, modules };

// Where a selection is written, and where it is used (the same, unless it comes by a `let` of another file).
struct Place {
  Span written;
  Span used;
};

}  // namespace fts::resolve
