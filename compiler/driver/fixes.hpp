// check --fix: applies the safe fixes until none is left.
#pragma once
#include <map>
#include <string>

#include "compiler/driver/compile.hpp"

namespace fts::driver {

struct Fixed {
  Compilation result;                        // after the last fix
  std::map<std::string, std::string> texts;  // the new texts of the files that changed; nothing is written
  std::size_t count = 0;                     // diagnostics that were mended
};

// Compiles, applies the safe fixes and compiles again. Of fixes that overlap, the first by place is taken; the others
// have their turn in the next round, if they are still wanted.
[[nodiscard]] Fixed run_and_fix(Request request);

}  // namespace fts::driver
