// Each rule on its own: what it takes of a text and what it leaves.
#include <gtest/gtest.h>

#include "tests/grammar/rule_probe.hpp"

namespace fts::test {
namespace {

struct Case {
  std::string_view rule, text, rest;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(rest_after(c.rule, c.text), c.rest) << c.rule << " on [" << c.text << "]";
}

TEST(Trivia, ends_at_a_newline_between_the_tokens_of_an_item) {
  check({{"ws", " \t x", "x"},
         {"ws", " # c\nx", "\nx"},
         {"ws", "\r\nx", "\r\nx"},
         {"lines", "\n \r\n# c\n\tx", "x"},
         {"lines", "\rx", "\rx"},
         {"comment", "# a\rb\r\nx", "\r\nx"},
         {"comment", "#", ""},
         {"comment", "x", "no match"}});
}

TEST(Trivia, goes_on_in_the_next_line_behind_an_operator_unless_an_item_starts_there) {
  check({{"gap", " # c\n\n  b", "b"},
         {"gap", "\nb = 1", "\nb = 1"},
         {"gap", "\nb == 1", "b == 1"},
         {"gap", "\nb => 1", "b => 1"},
         {"gap", "\nb {", "\nb {"},
         {"gap", "\nphase b {", "\nphase b {"},
         {"gap", "\nphase \"b\" {", "\nphase \"b\" {"},
         {"gap", "\nb where c", "b where c"},
         {"gap", "\nlet b[i] = 1", "\nlet b[i] = 1"},
         {"gap", "\nfor i in 0..1 {", "\nfor i in 0..1 {"}});
}

TEST(Words, operators_are_no_names_but_their_prefixes_and_extensions_are) {
  check({{"name", "where", "no match"},
         {"name", "not x", "no match"},
         {"name", "nothing", ""},
         {"name", "_a1 b", " b"},
         {"name", "1a", "no match"},
         {"name", "in", "no match"},
         {"name", "input", ""}});
}

TEST(Literals, numbers_have_digits_on_both_sides_of_a_dot_and_may_have_a_unit) {
  check({{"number", "10", ""},
         {"number", "1e-5", ""},
         {"number", "1_000.5E+3,", ","},
         {"number", "1_000_", ""},
         {"number", "0.1.2", ".2"},
         {"number", "1.", "."},
         {"number", "1..3", "..3"},
         {"number", ".5", "no match"},
         {"number", "80GiB", ""},
         {"number", "1e", ""},
         {"number", "1e-x", "-x"},
         {"number", "-1", "no match"}});
}

TEST(Literals, strings_end_on_their_line_and_interpolate) {
  check({{"str", R"("a.**" x)", " x"},
         {"str", R"("")", ""},
         {"str", R"("a\"b\\" c)", " c"},
         {"str", R"("${a}$${b}$" c)", " c"},
         {"str", R"("a${f("h${1}")}b")", ""},
         {"str", R"("\u{e9}\*\é")", ""},
         {"str", "\"a\nb\"", "fault"},
         {"str", "\"a\rb\"", "fault"},
         {"str", "\"a", "fault"},
         {"str", "\"a\\", "fault"},
         {"str", R"("${}")", "fault"},
         {"str", R"("${a b}")", "fault"},
         {"str", "\"${a\n}\"", "fault"},
         {"str", "\"${a # b}\"", "fault"},
         {"str", "\"${[a,\n b]}\"", "fault"},
         {"str", "'a'", "no match"}});
}

TEST(Literals, a_regex_ends_at_the_next_slash_that_is_not_escaped) {
  check({{"regex", "/a\\.\\d{2}/ x", " x"},
         {"regex", "/a\\/b#c\"d/", ""},
         {"regex", "/${a}/", ""},
         {"regex", "/a\nb/", "fault"},
         {"regex", "/a", "fault"},
         {"regex", "/a\\", "fault"},
         {"literal", "// a comment\nx", "\nx + fault"},
         {"literal", "'a' b", " b + fault"},
         {"literal", "'a", " + fault"}});
}

TEST(Operands, calls_indices_and_members_follow_without_a_space) {
  check({{"postfix", "a.b[1](c).d e", " e"},
         {"postfix", "a (b)", " (b)"},
         {"postfix", "a [b]", " [b]"},
         {"postfix", "a .b", " .b"},
         {"postfix", "a..b", "..b"},
         {"postfix", "a.where", ""},
         {"postfix", "where", "no match"},
         {"postfix", "a.", "fault"},
         {"postfix", "a. b", "fault"},
         {"member", ".x", ""},
         {"member", "..x", "no match"}});
}

TEST(Operands, lists_and_arguments_may_end_with_a_comma_and_span_lines) {
  check({{"list", "[]", ""},
         {"list", "[ # c\n]", ""},
         {"list", "[1, a { b = 2 },\n {}, ]x", "x"},
         {"list", "[,]", "fault"},
         {"list", "[1,,2]", "fault"},
         {"list", "[1 2]", "fault"},
         {"list", "[1", "fault"},
         {"call", "()", ""},
         {"call", "(1, k = 2,\n m =\n 3,)", ""},
         {"call", "(where = 1)", ""},
         {"call", "(k == 1)", ""},
         {"call", "(k = )", "fault"},
         {"call", "(,)", "fault"},
         {"call", "(a b)", "fault"}});
}

TEST(Operands, an_index_is_one_value_or_a_range) {
  check({{"index", "[1]", ""},
         {"index", "[-1]", ""},
         {"index", "[4..5, i]", ""},
         {"index", "[0..n - 1]", ""},
         {"index", "[]", "fault"},
         {"index", "[1..]", "fault"},
         {"index", "[1:2]", "fault"},
         {"range", "0..n-1 {", " {"},
         {"range", "n", ""},
         {"range", "3 .. 2", ""}});
}

TEST(Expressions, every_operator_takes_its_operands) {
  check({{"expr", "a if b else c if d else e;", ";"},
         {"expr", "a where b and not c or d == 1", ""},
         {"expr", "-2 ** -i ** 2", ""},
         {"expr", "a | b & c - d", ""},
         {"expr", "a / b / c # d", " # d"},
         {"expr", "a |\n b", ""},
         {"expr", "(a\n | b)", ""},
         {"expr", "a\n | b", "\n | b"},
         {"expr", "a < b < c", ""},
         {"expr", "a => b", " => b"},
         {"expr", "a = b", " = b"},
         {"expr", "a -> b", " -> b"},
         {"expr", "not not a", ""},
         {"expr", "a // 2", " + fault"},
         {"expr", "a && b || c", " + fault"},
         {"expr", "a +", "fault"},
         {"expr", "a if b", "fault"},
         {"expr", "not", "fault"},
         {"expr", "-", "fault"},
         {"expr", "->", "no match"},
         {"expr", "{}", "no match"},
         {"expr", "()", "fault"}});
}

TEST(Values, a_body_may_stand_alone_or_behind_an_expression_on_its_line) {
  check({{"value", "{}", ""},
         {"value", "adamw { lr = 1 } x", " x"},
         {"value", "a.b(\"c\") {\n x = 1\n}", ""},
         {"value", "\"val/acc\" { mode = max }", ""},
         {"value", "adamw\n{ lr = 1 }", "\n{ lr = 1 }"},
         {"value", "a | b { x = 1 }", ""},
         {"body", "{ a = 1, b { }, }", ""},
         {"body", "{ a = 1", " + fault"}});
}

TEST(Items, words_decide_what_an_item_is) {
  check({{"attribute", "a = 1", ""},
         {"attribute", "where = 1", ""},
         {"attribute", "let=1", ""},
         {"attribute", "a == 1", " + fault"},
         {"attribute", "a: 1", " + fault"},
         {"attribute", "a => 1", "no match"},
         {"attribute", "a =\n 1", " + fault"},
         {"attribute", "a =", " + fault"},
         {"block", "a {}", ""},
         {"block", "a b {}", ""},
         {"block", "a where {}", ""},
         {"block", "a \"b${1}\" {}", ""},
         {"block", "a where b => 1", "no match"},
         {"block", "a[1] => 1", "no match"},
         {"block", "a\n{}", " + fault"},
         {"rule", "\"a\" => 1", ""},
         {"rule", "a where b => { c = 1 }", ""},
         {"rule", "a[1] | b =>\n1", " + fault"},
         {"rule", "a", " + fault"}});
}

TEST(Items, statements_start_only_when_a_name_follows) {
  check({{"let", "let a = 1", ""},
         {"let", "let a[i, j] = 1", ""},
         {"let", "let = 1", "no match"},
         {"let", "let a 1", " + fault"},
         {"let", "let a[] = 1", " + fault"},
         {"use", "use std.bert as bert", ""},
         {"use", "use \"a.fts\" as a", ""},
         {"use", "use = 1", "no match"},
         {"use", "use a", " + fault"},
         {"use", "use a as", " + fault"},
         {"use", "use a.", "fault"},
         {"input", "input a: int", ""},
         {"input", "input a: int = 3", ""},
         {"input", "input a", " + fault"},
         {"input", "input a: = 3", " + fault"},
         {"for_loop", "for i in 0..3 {}", ""},
         {"for_loop", "for i in n {}", ""},
         {"for_loop", "for i 0..3 {}", " + fault"},
         {"for_loop", "for = 1", "no match"},
         {"item", "for i in 3 { }", ""},
         {"item", "= 1", "no match"},
         {"item", "}", "no match"}});
}

TEST(Grammar, no_rule_can_loop_without_taking_a_byte) { EXPECT_EQ(endless_rules(), 0u); }

}  // namespace
}  // namespace fts::test
