// Whole typed trees and whole reports, for a person to review.
#include <gtest/gtest.h>

#include "tests/compiler/ast/ast_probe.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

class AstGolden : public testing::TestWithParam<std::string> {};

TEST_P(AstGolden, is_what_was_reviewed) {
  const std::string name = "ast/" + GetParam();
  const Built built = build_text(read_test_file("golden/" + name + ".fts"), GetParam() + ".fts");
  expect_golden(name + ".ast", ast::dump(built.file));
  expect_golden(name + ".diag", built.rendered());
}

INSTANTIATE_TEST_SUITE_P(Cases, AstGolden, testing::Values("values", "poisoned"));

TEST(AstGolden, of_the_language_sample_is_what_was_reviewed) {
  const Built built = build_text(read_test_file("data/language_sample.fts"));
  EXPECT_EQ(built.rendered(), "");
  expect_golden("ast/language_sample.ast", ast::dump(built.file));
}

TEST(EightFaults, of_structure_in_one_file_are_eight_diagnostics) {
  const Built built = build_text(read_test_file("golden/ast/eight_faults.fts"), "eight_faults.fts");
  EXPECT_EQ(built.diagnostics.all().size(), 8u);
  expect_golden("ast/eight_faults.diag", built.rendered());
}

}  // namespace
}  // namespace fts::test
