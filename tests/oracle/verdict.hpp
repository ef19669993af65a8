// Whether a replay agrees with its record.
#pragma once
#include <string>
#include <vector>

#include "tests/oracle/replay.hpp"

namespace fts::oracle {

struct Verdict {
  std::string id;
  std::string remark;                    // what else should be known of a case that passed
  std::vector<std::string> differences;  // empty: passed
};

// Replays the case at `path`; `folder` is empty, for files in between, and the same for all ranks. Throws what cannot
// be read.
[[nodiscard]] Verdict judge(const std::string& path, const std::string& folder, const Ranks& ranks = {});

}  // namespace fts::oracle
