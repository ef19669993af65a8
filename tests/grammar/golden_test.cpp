// Whole trees and whole reports, for a person to review.
#include <gtest/gtest.h>

#include "tests/grammar/parse_probe.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

class TreeGolden : public testing::TestWithParam<std::string> {};

TEST_P(TreeGolden, is_what_was_reviewed) {
  const std::string name = "grammar/" + GetParam();
  const Parsed parsed = parse_text(read_test_file("golden/" + name + ".fts"), GetParam() + ".fts");
  expect_golden(name + ".tree", grammar::dump(parsed.tree, parsed.text()));
  expect_golden(name + ".diag", render(parsed.diagnostics, parsed.sources, {}));
}

INSTANTIATE_TEST_SUITE_P(Cases, TreeGolden, testing::Values("phases", "expressions", "recovery"));

TEST(TreeGolden, of_the_language_sample_is_what_was_reviewed) {
  const Parsed parsed = parse_text(read_test_file("data/language_sample.fts"));
  expect_golden("grammar/language_sample.tree", grammar::dump(parsed.tree, parsed.text()));
}

TEST(EightFaults, in_one_file_are_eight_diagnostics) {
  const Parsed parsed = parse_text(read_test_file("golden/grammar/eight_faults.fts"), "eight_faults.fts");
  EXPECT_EQ(parsed.diagnostics.all().size(), 8u);
  expect_golden("grammar/eight_faults.diag", render(parsed.diagnostics, parsed.sources, {}));
}

}  // namespace
}  // namespace fts::test
