// Why a written pattern matches nothing in the model, and what was probably meant.
#pragma once
#include <string>

#include "compiler/base/diagnostic.hpp"
#include "compiler/graph/param_graph.hpp"
#include "compiler/resolve/pattern.hpp"

namespace fts::resolve {

struct Place;

enum class Unmatched { parameter, module, type };

// Reports FTS0401, or FTS0404 where the pattern names modules and parameters are wanted. `written` is the pattern as
// the file has it ("encoder.*", /…/).
void report_no_match(Unmatched what, const Pattern& pattern, const std::string& written, const Place& place,
                     const graph::ParamGraph& graph, Diagnostics& diagnostics);

}  // namespace fts::resolve
