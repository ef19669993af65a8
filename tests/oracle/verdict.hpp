// Whether a replay agrees with its record.
#pragma once
#include <string>
#include <vector>

namespace fts::oracle {

struct Verdict {
  std::string id;
  std::string remark;                    // what else should be known of a case that passed
  std::vector<std::string> differences;  // empty: passed
};

// Replays the case at `path`; `folder` is empty, for files in between. Throws what cannot be read.
[[nodiscard]] Verdict judge(const std::string& path, const std::string& folder);

}  // namespace fts::oracle
