// Fixes: the text with them applied is read without a fault, and is what its author meant.
#include <gtest/gtest.h>

#include "tests/grammar/parse_probe.hpp"

namespace fts::test {
namespace {

struct Case {
  std::string_view wrong, right;
};

void PrintTo(const Case& c, std::ostream* out) { *out << testing::PrintToString(c.wrong); }

class Fixes : public testing::TestWithParam<Case> {};

TEST_P(Fixes, mend_the_text) {
  const Parsed parsed = parse_text(GetParam().wrong);
  const std::string mended = with_fixes(parsed);
  EXPECT_EQ(mended, GetParam().right) << render(parsed.diagnostics, parsed.sources, {});
  EXPECT_EQ(codes(parse_text(mended)), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, Fixes,
    testing::Values(Case{"a = x // 2\n", "a = floor(x / 2)\n"},
                    Case{"a = 3 * x // (y + 1) + z\n", "a = floor(3 * x / (y + 1)) + z\n"},
                    Case{"lr: 1e-3\n", "lr = 1e-3\n"}, Case{"lr := 1e-3\nwd == 2\n", "lr = 1e-3\nwd = 2\n"},
                    Case{"phase a\n{\n lr = 1\n}\n", "phase a {\n lr = 1\n}\n"},
                    Case{"a = 1;\nb { c = 2; d = 3 }\n", "a = 1\nb { c = 2, d = 3 }\n"},
                    Case{"a = 1 b = 2\n", "a = 1, b = 2\n"},
                    Case{"a = [1 2]\nb = f(x y)\n", "a = [1, 2]\nb = f(x, y)\n"}, Case{"a = 'b.*'\n", "a = \"b.*\"\n"},
                    Case{"\"x\" -> {}\n", "\"x\" => {}\n"}, Case{"\"x\": {}\n", "\"x\" => {}\n"},
                    Case{"lr 1e-3\n", "lr = 1e-3\n"}, Case{"let x 3\n", "let x = 3\n"},
                    Case{"// note\na = 1\n", "# note\na = 1\n"}, Case{"a = 1.\nb = .5\n", "a = 1.0\nb = 0.5\n"},
                    Case{"a = f (1)\nb = x [0]\n", "a = f(1)\nb = x[0]\n"}, Case{"lr =\n  1e-3\n", "lr = 1e-3\n"},
                    Case{"\"x\" =>\n{ lr = 1 }\n", "\"x\" => { lr = 1 }\n"},
                    Case{"use std.bert\n", "use std.bert as bert\n"}));

std::string help(std::string_view text) {
  const Parsed parsed = parse_text(text);
  return parsed.diagnostics.all().empty() ? "" : parsed.diagnostics.all().front().help;
}

TEST(Help, is_given_for_habits_of_other_languages) {
  EXPECT_EQ(help("a = b && c\n"), "conditions are joined with 'and', selections with '&'");
  EXPECT_EQ(help("a = b || c\n"), "conditions are joined with 'or', selections with '|'");
  EXPECT_EQ(help("a = b // c\n"), "floor division is written floor(a / b); a comment starts with '#'");
  EXPECT_EQ(help("a = !b\n"), "negation is written 'not'");
  EXPECT_EQ(help("a = b ? c : d\n"), "a conditional is written 'a if condition else b'");
  EXPECT_EQ(help("a = x[1:3]\n"), "a range is written 4..5, with both ends inside");
  EXPECT_EQ(help("phase a:\n  lr = 1\n"), "a body stands in braces: '{' on this line, '}' behind its last item");
  EXPECT_EQ(help("import torch\n"), "a module is used with 'use std.bert as bert'");
  EXPECT_EQ(help("a = r\"x\"\n"),
            "a string has no prefix; a regex is written /…/, and ${…} interpolates in every string");
  EXPECT_EQ(help("f = lambda epoch: 1\n"), "a rate is an expression: lambda { lr_lambda = 0.95 ** epoch }");
  EXPECT_EQ(help("lr = base\n / 10\n"),
            "a line cannot start with a division: leave the '/' at the end of the line before");
  EXPECT_EQ(help("a = b\n | c\n"), "an operator stands at the end of a line, not at the start of the next");
}

}  // namespace
}  // namespace fts::test
