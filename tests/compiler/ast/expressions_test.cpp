// Expressions: how operators group, and what stands behind an operand.
#include <gtest/gtest.h>

#include "tests/compiler/ast/ast_probe.hpp"

namespace fts::test {
namespace {

TEST(Operators, group_from_the_tightest_to_the_loosest) {
  EXPECT_EQ(dump_value("1 + 2 * -a ** 2"),
            "binary +\n  number 1\n  binary *\n    number 2\n    unary -\n      binary **\n        name a\n        "
            "number 2\n");
  EXPECT_EQ(dump_value("a where b and not c or d == 1"),
            "binary where\n  name a\n  binary or\n    binary and\n      name b\n      unary not\n        name c\n"
            "    binary ==\n      name d\n      number 1\n");
}

TEST(Operators, of_one_level_group_from_the_left) {
  EXPECT_EQ(dump_value("a - b + c"), "binary +\n  binary -\n    name a\n    name b\n  name c\n");
  EXPECT_EQ(dump_value("a / b / c"), "binary /\n  binary /\n    name a\n    name b\n  name c\n");
  EXPECT_EQ(dump_value("a | b | c"), "binary |\n  binary |\n    name a\n    name b\n  name c\n");
}

TEST(Operators, powers_group_from_the_right) {
  EXPECT_EQ(dump_value("a ** b ** c"), "binary **\n  name a\n  binary **\n    name b\n    name c\n");
  EXPECT_EQ(dump_value("2 ** -i"), "binary **\n  number 2\n  unary -\n    name i\n");
}

TEST(Operators, conditionals_group_from_the_right) {
  EXPECT_EQ(dump_value("a if b else c if d else e"),
            "conditional\n  name a\n  if\n    name b\n  else\n    conditional\n      name c\n      if\n        name d\n"
            "      else\n        name e\n");
}

TEST(Operators, in_long_chains_make_a_flat_tree_where_grouping_does_not_matter) {
  std::string chain = "\"p0\"";
  for (int i = 1; i < 5000; ++i) chain += " | \"p" + std::to_string(i) + "\"";
  const std::string dumped = dump_value(chain);
  EXPECT_EQ(dumped.substr(0, 9), "binary |\n");
  std::size_t deepest = 0;
  for (std::size_t at = dumped.find('\n'); at + 1 < dumped.size(); at = dumped.find('\n', at + 1)) {
    deepest = std::max(deepest, dumped.find_first_not_of(' ', at + 1) - at - 1);
  }
  EXPECT_LE(deepest, 2 * 13u) << "about log2 of 5000 levels";
}

TEST(Parentheses, are_kept_as_a_mark_and_in_the_span) {
  EXPECT_EQ(dump_value("(a + b) * c"), "binary *\n  binary + (in parentheses)\n    name a\n    name b\n  name c\n");
  const Built built = build_text("x = (a)");
  const auto& value = *std::get<ast::Attribute>(built.file.body.items[0].node).value;
  EXPECT_TRUE(value.parenthesized);
  EXPECT_EQ(value.span, (Span{0, 4, 7}));
}

TEST(Operands, are_called_indexed_and_opened) {
  EXPECT_EQ(dump_value("bert.layers[4..5, -1](x, k = 1).y"),
            "member y\n  call\n    index\n      member layers\n        name bert\n      range\n        number 4\n"
            "        number 5\n      unary -\n        number 1\n    argument\n      name x\n    argument k\n      "
            "number 1\n");
}

TEST(Constructors, have_a_name_a_call_or_a_string_as_head) {
  EXPECT_EQ(dump_value("adamw { lr = 1 }"), "constructor\n  name adamw\n  attribute lr\n    number 1\n");
  EXPECT_EQ(dump_value("std.adamw {}"), "constructor\n  member adamw\n    name std\n");
  EXPECT_EQ(dump_value("plugin(\"x\") {}"), "constructor\n  call\n    name plugin\n    argument\n      string \"x\"\n");
  EXPECT_EQ(dump_value("\"val/acc\" { mode = max }"),
            "constructor\n  string \"val/acc\"\n  attribute mode\n    name max\n");
  EXPECT_EQ(dump_value("{ a = {} }"), "body\n  attribute a\n    body\n");
}

TEST(Lists, hold_values) {
  EXPECT_EQ(dump_value("[1, {}, f {}, ]"), "list\n  number 1\n  body\n  constructor\n    name f\n");
  EXPECT_EQ(dump_value("[]"), "list\n");
}

TEST(Spans, cover_an_expression_from_its_first_to_its_last_byte) {
  const Built built = build_text("x = a.b(1) + c[0]  # d\n");
  const auto& value = *std::get<ast::Attribute>(built.file.body.items[0].node).value;
  EXPECT_EQ(built.sources.text(value.span), "a.b(1) + c[0]");
  const auto& sum = std::get<ast::Binary>(value.node);
  EXPECT_EQ(built.sources.text(sum.op_span), "+");
  EXPECT_EQ(built.sources.text(sum.left->span), "a.b(1)");
  EXPECT_EQ(built.sources.text(sum.right->span), "c[0]");
}

TEST(Spelling, of_every_operator_is_what_the_grammar_reads) {
  for (int op = 0; op <= static_cast<int>(ast::BinaryOp::power); ++op) {
    const std::string written(ast::spelling(static_cast<ast::BinaryOp>(op)));
    EXPECT_EQ(dump_value("a " + written + " b"), "binary " + written + "\n  name a\n  name b\n");
  }
}

}  // namespace
}  // namespace fts::test
