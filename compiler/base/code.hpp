// The enumerators of Code are the codes' names, e.g. Code::unknown_name for FTS0202. Apart from diagnostic.hpp, which
// nearly every file includes, so that a new code rebuilds only what reports codes.
#pragma once
#include "compiler/base/diagnostic.hpp"

namespace fts {

enum class Code : std::uint16_t {
#define FTS_CODE(name, id, severity, title) name,
#include "compiler/base/diagnostic_codes.def"
#undef FTS_CODE
};

}  // namespace fts
