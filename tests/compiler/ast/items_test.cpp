// Items: attributes, blocks, rules and statements.
#include <gtest/gtest.h>

#include "tests/compiler/ast/ast_probe.hpp"

namespace fts::test {
namespace {

std::string dumped(std::string_view text) { return ast::dump(build_text(text).file); }

TEST(Items, a_body_behind_a_name_is_its_value_with_or_without_an_equals_sign) {
  EXPECT_EQ(dumped("mesh = { data = 2 }"), "attribute mesh\n  body\n    attribute data\n      number 2\n");
  EXPECT_EQ(dumped("mesh { data = 2 }"), "block mesh\n  body\n    attribute data\n      number 2\n");
}

TEST(Items, labels_are_strings_however_they_are_written) {
  const std::string expected = "block phase\n  label\n    string \"head\"\n  body\n";
  EXPECT_EQ(dumped("phase head {}"), expected);
  EXPECT_EQ(dumped("phase \"head\" {}"), expected);
  EXPECT_EQ(dumped("phase \"l${i}\" {}"),
            "block phase\n  label\n    string\n      text \"l\"\n      interpolation\n        name i\n  body\n");
}

TEST(Items, rules_have_a_selection_and_a_value) {
  EXPECT_EQ(dumped("\"a\" | b => colwise"), "rule\n  binary |\n    string \"a\"\n    name b\n  name colwise\n");
}

TEST(Items, statements_define_names) {
  EXPECT_EQ(dumped("let a = 1\nlet b[i, j] = 2"), "let a\n  number 1\nlet b [i] [j]\n  number 2\n");
  EXPECT_EQ(dumped("use std.bert as bert\nuse \"a/b.fts\" as c"), "use std.bert as bert\nuse \"a/b.fts\" as c\n");
  EXPECT_EQ(dumped("input a: int\ninput b: float = 1"), "input a: int\ninput b: float\n  number 1\n");
  EXPECT_EQ(dumped("for i in 3..0 { a = i }"),
            "for i\n  range\n    number 3\n    number 0\n  attribute a\n    name i\n");
  EXPECT_EQ(dumped("for i in n {}"), "for i\n  name n\n");
}

TEST(Items, words_of_the_language_are_names_where_no_statement_starts) {
  EXPECT_EQ(
      dumped("let = 1\nin = 2\nphase where {}"),
      "attribute let\n  number 1\nattribute in\n  number 2\nblock phase\n  label\n    string \"where\"\n  body\n");
}

TEST(Items, keep_their_names_when_their_values_cannot_be_read) {
  EXPECT_EQ(dumped("a = )\nlet b = )\nlet c 1\nphase d\ninput f\nuse std.g\nfor h in ) {}"),
            "attribute a\n  error\nlet b\n  error\nlet c\n  error\nblock phase\n  label\n    string \"d\"\n  error\n"
            "let f\n  error\nuse std.g as g\nfor h\n  error\n");
  EXPECT_EQ(dumped("\"e\" => )"), "rule\n  string \"e\"\n  error\n");
}

TEST(Items, that_cannot_be_read_leave_their_body_incomplete) {
  EXPECT_TRUE(build_text(") a\n").file.body.incomplete);
  EXPECT_TRUE(build_text("a = 1 2\n").file.body.incomplete);
  EXPECT_TRUE(build_text("\"x\"\n").file.body.incomplete);
  EXPECT_TRUE(build_text("a = 1\n\"x\" => 2\n").file.body.incomplete);
  EXPECT_FALSE(build_text("a = 1, b {}\n# c\n").file.body.incomplete);
  EXPECT_EQ(dumped("a { b = 1"), "block a\n  body\n    attribute b\n      number 1\n    …\n");
}

TEST(Items, mistakes_that_leave_no_doubt_do_not_lose_the_value) {
  EXPECT_EQ(dumped("a: 1\nb =\n 2\nc = 3; d = 4"),
            "attribute a\n  number 1\nattribute b\n  number 2\nattribute c\n  number 3\nattribute d\n  number 4\n");
}

TEST(Items, a_doubtful_operator_poisons_its_expression) {
  EXPECT_EQ(dumped("a = b // c + 1\nd = e && f\ng = 'h'"),
            "attribute a\n  binary +\n    error\n    number 1\nattribute d\n  error\nattribute g\n  error\n");
}

void expect_ids_below(const ast::Body& body, ast::NodeId count, std::vector<bool>& seen) {
  for (const auto& item : body.items) {
    ASSERT_LT(item.id, count);
    ASSERT_FALSE(seen[item.id]) << "an id given twice";
    seen[item.id] = true;
    if (const auto* a = std::get_if<ast::Attribute>(&item.node)) {
      ASSERT_LT(a->value->id, count);
      ASSERT_FALSE(seen[a->value->id]);
      seen[a->value->id] = true;
      if (const auto* inside = std::get_if<ast::BodyValue>(&a->value->node))
        expect_ids_below(*inside->body, count, seen);
    }
  }
}

TEST(Ids, are_unique_and_below_the_count) {
  const Built built = build_text("a = 1\nb { c = 2, d { e = 3 } }\nf = )\n");
  std::vector<bool> seen(built.file.node_count);
  expect_ids_below(built.file.body, built.file.node_count, seen);
}

TEST(Spans, of_items_and_bodies_are_their_text) {
  const Built built = build_text("# x\na { b = 1 }  # y\n");
  const auto& item = built.file.body.items[0];
  EXPECT_EQ(built.sources.text(item.span), "a { b = 1 }");
  const auto& block = std::get<ast::Attribute>(item.node);
  EXPECT_EQ(built.sources.text(std::get<ast::BodyValue>(block.value->node).body->span), "{ b = 1 }");
  EXPECT_EQ(built.sources.text(block.name.span), "a");
  EXPECT_EQ(built.file.body.span, (Span{0, 0, 21}));
}

}  // namespace
}  // namespace fts::test
