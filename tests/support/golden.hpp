// Golden files: the whole output of a stage, reviewed as text.
#pragma once
#include <string>
#include <string_view>

namespace fts::test {

// The text of a file under tests/; fails the test if it cannot be read.
[[nodiscard]] std::string read_test_file(const std::string& path);

// Expects `actual` to be what tests/golden/<name> holds, e.g. "grammar/faults.diag". With FTS_UPDATE_GOLDEN=1 in the
// environment the file is written instead, for a person to review as a diff.
void expect_golden(const std::string& name, std::string_view actual);

}  // namespace fts::test
