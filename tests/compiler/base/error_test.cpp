#include "compiler/base/code.hpp"
#include "compiler/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts {
namespace {

TEST(Error, ReadsAsCheckPrintsIt) {
  EXPECT_EQ(make_error(Code::model_missing, "no model", "give one").text(),
            "error[FTS0802]: no model\n  help: give one\n");
}

TEST(Error, ShowsTheTextThatItsSpansPointInto) {
  auto sources = std::make_shared<SourceMap>();
  const FileId file = sources->add("a.fts", "thaw = 3\n");
  Error error = make_error(Code::wrong_type, "a number");
  error.diagnostics[0].span = {file, 7, 8};
  error.sources = sources;
  EXPECT_EQ(error.text(), "error[FTS0301]: a number\n --> a.fts:1:8\n  |\n1 | thaw = 3\n  |        ^\n");
}

TEST(Check, AbortsWithThePlaceOfABrokenInvariant) {
  FTS_CHECK(1 + 1 == 2);
  EXPECT_DEATH(FTS_CHECK(1 + 1 == 3), "error_test.cpp:[0-9]+: fts: broken invariant: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace fts
