// What only the tree can tell.
#include <gtest/gtest.h>

#include "tests/compiler/ast/ast_probe.hpp"

namespace fts::test {
namespace {

struct Case {
  std::string_view name, text, codes;
};

class TreeFaults : public testing::TestWithParam<Case> {};

TEST_P(TreeFaults, are_reported_at_their_places) {
  EXPECT_EQ(codes_of(GetParam().text), GetParam().codes) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(
    All, TreeFaults,
    testing::Values(
        Case{"union and intersection", "a = x | y & z\n", "FTS0210 1:5\n"},
        Case{"union and difference", "a = x | y - z\n", "FTS0210 1:5\n"},
        Case{"difference and intersection", "a = x - y & z\n", "FTS0210 1:5\n"},
        Case{"one operator or parentheses", "a = x | y | z\nb = x - y - z\nc = (x | y) & (z - w)\nd = l[i - 1] | m\n",
             ""},
        Case{"numbers in a union's arguments", "a = f(1 - 2) | \"${i - 1}\"\n", ""},
        Case{"chained comparisons", "a = 1 < x <= 3\nb = (1 < x) == y\n", "FTS0101 1:5\n"},
        Case{"a body behind an operator", "a = x | y { b = 1 }\n", "FTS0211 1:5\n"},
        Case{"a body behind a number", "a = 3 { b = 1 }\n", "FTS0211 1:5\n"},
        Case{"a body behind a regex, a list, an index", "a = /x/ {}\nb = [1] {}\nc = x[0] {}\n",
             "FTS0211 1:5\nFTS0211 2:5\nFTS0211 3:5\n"},
        Case{"a body behind parentheses", "a = (adamw) {}\n", "FTS0211 1:5\n"},
        Case{"a body behind a member of a string", "a = \"x\".y {}\n", "FTS0211 1:5\n"},
        Case{"faults inside a misplaced body", "a = 3 { b = 1e999 }\n", "FTS0211 1:5\nFTS0216 1:13\n"},
        Case{"a rule among attributes", "s { a = 1\n \"x\" => {}\n}\n", "FTS0209 2:2\n"},
        Case{"an attribute among rules", "p {\n \"x\" => {}\n a = 1\n b {}\n}\n", "FTS0209 3:2\n"},
        Case{"a loop of rules among attributes", "s {\n a = 1\n for i in 0..1 { \"x\" => {} }\n}\n", "FTS0209 3:2\n"},
        Case{"a loop that mixes", "for i in 0..1 {\n a = 1\n \"x\" => {}\n}\n", "FTS0209 3:2\n"},
        Case{"let and loops beside both", "p {\n let y = 1\n \"x\" => {}\n for i in 0..1 { \"z\" => {} }\n}\n", ""},
        Case{"a rule at the top of a file of blocks", "schedule {}\n\"x\" => {}\n", "FTS0209 2:1\n"},
        Case{"reserved words",
             "let rest = 1\nlet all[i] = 1\nlet a[none] = 1\ninput true: int\nuse std.x as tied\n"
             "for frozen in 0..1 {}\nuse std.all\n",
             "FTS0207 1:5\nFTS0207 2:5\nFTS0207 3:7\nFTS0207 4:7\nFTS0207 5:14\nFTS0207 6:5\nFTS0207 7:5\nFTS0101 "
             "7:12\n"},
        Case{"operators as names", "let and = 1\nfor in in 0..1 {}\n", "FTS0207 1:5\nFTS0207 2:5\n"},
        Case{"use and input inside a body", "s {\n use std.bert as b\n input n: int\n let x = 1\n}\n",
             "FTS0215 2:2\nFTS0215 3:2\n"},
        Case{"use and input inside a loop", "for i in 0..1 {\n use std.bert as b\n}\n", "FTS0215 2:2\n"},
        Case{"an interpolated path", "use \"a${b}.fts\" as c\n", "FTS0213 1:5\n"},
        Case{"one fault in a value that has another", "a = x | y & 1e999\n", "FTS0210 1:5\nFTS0216 1:13\n"},
        Case{"nothing beside a syntax fault", "a = x | y & )\nb = x < ) < 3\n", "FTS0107 1:13\nFTS0107 2:9\n"}),
    [](const auto& test) {
      std::string name;
      for (const char c : test.param.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

std::string fix(std::string_view text) {
  const Built built = build_text(text);
  const auto& all = built.diagnostics.all();
  return all.empty() || all[0].fixes.empty() ? "" : all[0].fixes[0].replacement;
}

TEST(TreeFaults, of_mixed_set_operators_are_mended_by_parentheses) {
  EXPECT_EQ(fix("a = x | y & z\n"), "x | (y & z)");
  EXPECT_EQ(fix("a = x & y | z & w & v\n"), "(x & y) | (z & w & v)");
  EXPECT_EQ(fix("a = x | y - z\n"), "x | (y - z)");
  EXPECT_EQ(fix("a = x - y & z\n"), "(x - y) & z");
  EXPECT_EQ(fix("a = (x | y) & z | \"w\"\n"), "((x | y) & z) | \"w\"");
  EXPECT_EQ(codes_of("a = " + fix("a = x - y & z | w\n") + "\n"), "");
}

TEST(TreeFaults, of_chained_comparisons_are_mended_by_and) {
  EXPECT_EQ(fix("a = 1 < x + 1 <= 3\n"), "1 < x + 1 and x + 1 <= 3");
}

TEST(TreeFaults, of_mixed_bodies_show_both_kinds) {
  const Built built = build_text("p {\n \"x\" => {}\n a = 1\n}\n");
  const auto& d = built.diagnostics.all().at(0);
  EXPECT_EQ(d.message, "an attribute in a body of rules");
  ASSERT_EQ(d.notes.size(), 1u);
  EXPECT_EQ(built.sources.text(d.notes[0].span), "\"x\" => {}");
}

TEST(TreeFaults, keep_misplaced_names_known) {
  EXPECT_EQ(ast::dump(build_text("s {\n input n: int\n a = n\n}\n").file),
            "block s\n  body\n    let n\n      error\n    attribute a\n      name n\n");
}

TEST(TreeFaults, expressions_of_many_steps_are_refused) {
  std::string sum = "a = 0", members = "a = b";
  for (int i = 0; i < 3000; ++i) {
    sum += " + 1";
    members += ".c";
  }
  EXPECT_EQ(codes_of(sum), "FTS0108 1:5\n");
  EXPECT_EQ(codes_of(members), "FTS0108 1:5\n");
}

}  // namespace
}  // namespace fts::test
