#include "compiler/base/code.hpp"
#include "compiler/base/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.hpp"

namespace fts {
namespace {

// The rendering of one wrong_type at [begin, end) of a text called f.fts.
std::string rendered(std::string text, std::uint32_t begin, std::uint32_t end) {
  SourceMap sources;
  Diagnostics d;
  d.report(Code::wrong_type, {sources.add("f.fts", std::move(text)), begin, end}, "message");
  return render(d.all()[0], sources, {});
}

constexpr std::string_view kHead = "error[FTS0301]: message\n";

TEST(Render, PutsTheCaretUnderTheText) {
  EXPECT_EQ(rendered("a\nlet x = 3\n", 6, 7), std::string(kHead) + " --> f.fts:2:5\n  |\n2 | let x = 3\n  |     ^\n");
}

TEST(Render, CountsCharactersNotBytesForTheCaret) {
  EXPECT_EQ(rendered("\"größe\" = ä\n", 12, 14),
            std::string(kHead) + " --> f.fts:1:13\n  |\n1 | \"größe\" = ä\n  |           ^\n");
}

TEST(Render, ShowsATabAsOneSpaceSoThatTheCaretStandsRight) {
  EXPECT_EQ(rendered("\t\tx = 1", 2, 3), std::string(kHead) + " --> f.fts:1:3\n  |\n1 |   x = 1\n  |   ^\n");
}

TEST(Render, MarksASpanOfManyLinesToTheEndOfItsFirst) {
  EXPECT_EQ(rendered("a = {\n  b\n}\n", 4, 11), std::string(kHead) + " --> f.fts:1:5\n  |\n1 | a = {\n  |     ^\n");
  EXPECT_EQ(rendered("first line\nsecond", 6, 14),
            std::string(kHead) + " --> f.fts:1:7\n  |\n1 | first line\n  |       ^^^^\n");
}

TEST(Render, GivesAnEmptySpanOneCaret) {
  EXPECT_EQ(rendered("abc", 3, 3), std::string(kHead) + " --> f.fts:1:4\n  |\n1 | abc\n  |    ^\n");
  EXPECT_EQ(rendered("", 0, 0), std::string(kHead) + " --> f.fts:1:1\n  |\n1 | \n  | ^\n");
}

TEST(Render, DoesNotLetTheTextControlTheTerminal) {
  EXPECT_THAT(rendered("a \x1b[31m b", 0, 1), testing::Not(testing::HasSubstr("\x1b")));
}

TEST(Render, WidensTheMarginForLargeLineNumbers) {
  const std::string text = std::string(99, '\n') + "x";
  EXPECT_EQ(rendered(text, 99, 100), std::string(kHead) + "   --> f.fts:100:1\n    |\n100 | x\n    | ^\n");
}

TEST(Render, CutsALongLineAroundWhatIsMarked) {
  const std::string a(200, 'a'), b(200, 'b'), shown_a(120, 'a'), shown_b(120, 'b');
  EXPECT_EQ(rendered(a + "XY" + b, 200, 202), std::string(kHead) + " --> f.fts:1:201\n  |\n1 | …" + shown_a + "XY" +
                                                  shown_b + "…\n  | " + std::string(121, ' ') + "^^\n");
  EXPECT_EQ(rendered("x " + a, 2, 202),
            std::string(kHead) + " --> f.fts:1:3\n  |\n1 | x " + shown_a + "…\n  |   " + std::string(121, '^') + "\n");
}

TEST(Render, CutsBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "ö";
  std::string shown;
  for (int i = 0; i < 120; ++i) shown += "ö";
  EXPECT_EQ(rendered(text, 0, 400),
            std::string(kHead) + " --> f.fts:1:1\n  |\n1 | " + shown + "…\n  | " + std::string(121, '^') + "\n");
  EXPECT_EQ(rendered(text + "x", 400, 401),
            std::string(kHead) + " --> f.fts:1:401\n  |\n1 | …" + shown + "x\n  | " + std::string(121, ' ') + "^\n");
}

// Three diagnostics with all that one can have.
struct Sample {
  SourceMap sources;
  Diagnostics diagnostics;
  Sample() {
    const FileId file = sources.add("minilm.fts", "schedule {\n  phase hëad {\n    thaw = \"classifer.**\"\n  }\n}\n");
    const FileId other = sources.add("common.fts", "let head = 3\n");
    auto& first = diagnostics.report(Code::no_match, {file, 38, 52}, "'classifer.**' matches no parameter");
    first.notes.push_back({"the pattern was defined here", {other, 4, 8}});
    first.notes.push_back({"the model has 105 parameters", {}});
    first.help = "did you mean 'classifier.**'?";
    first.fixes.push_back({{file, 38, 52}, "\"classifier.**\"", true});
    diagnostics.report(Code::phase_unreachable, {file, 19, 24}, "phase 'hëad' cannot be reached");
    diagnostics.report(Code::model_missing, {}, "no model to check against");
  }
};

TEST(Render, ShowsAllOfADiagnostic) {
  const Sample s;
  test::expect_golden("base/sample.diag", render(s.diagnostics, s.sources, {}));
  test::expect_golden("base/sample.coloured.diag", render(s.diagnostics, s.sources, {.colour = true}));
}

TEST(Render, CountsWhatIsBehindTheLimit) {
  const Sample s;
  const std::string text = render(s.diagnostics, s.sources, {.limit = 1});
  EXPECT_THAT(text, testing::HasSubstr("… and 2 more\n2 errors, 1 warning\n"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("cannot be reached")));
}

TEST(Render, SaysNothingOfNothing) { EXPECT_EQ(render(Diagnostics{}, SourceMap{}, {}), ""); }

TEST(RenderJson, ShowsAllOfADiagnostic) {
  const Sample s;
  test::expect_golden("base/sample.diag.json", render_json(s.diagnostics, s.sources, "minilm.fts"));
}

}  // namespace
}  // namespace fts
