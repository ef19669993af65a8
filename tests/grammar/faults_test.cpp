// Texts with faults: each fault is found once, at its place, and reading goes on behind it.
#include <gtest/gtest.h>

#include "compiler/base/code.hpp"
#include "tests/grammar/broken_corpus.hpp"
#include "tests/grammar/parse_probe.hpp"

namespace fts::test {
namespace {

Diagnostic only(const Parsed& parsed) {
  EXPECT_EQ(parsed.diagnostics.all().size(), 1u) << render(parsed.diagnostics, parsed.sources, {});
  return parsed.diagnostics.all().front();
}

TEST(Faults, are_found_once_each_at_their_places) {
  for (const auto& [name, text, expected] : kBrokenTexts) {
    const Parsed parsed = parse_text(text);
    EXPECT_EQ(codes(parsed), expected) << name << "\n" << render(parsed.diagnostics, parsed.sources, {});
    EXPECT_EQ(leaves(parsed.tree, parsed.text()), text) << name;
  }
}

TEST(Faults, mark_at_least_one_byte) {
  for (const auto& [name, text, expected] : kBrokenTexts) {
    const Parsed parsed = parse_text(text);
    for (const auto& d : parsed.diagnostics.all()) EXPECT_LT(d.span.begin, d.span.end) << name << ": " << d.message;
  }
}

TEST(Faults, say_what_was_expected_and_what_was_found) {
  EXPECT_EQ(only(parse_text("a { lr = }\n")).message, "expected a value, found '}'");
  EXPECT_EQ(only(parse_text("lr =\n")).message, "expected a value, found the end of the line");
  EXPECT_EQ(only(parse_text("lr =")).message, "expected a value, found the end of the file");
  EXPECT_EQ(only(parse_text("a = f(1 2)")).message, "expected ',' or ')', found '2'");
  EXPECT_EQ(only(parse_text("a = b if c\n")).message, "expected 'else', found the end of the line");
}

TEST(Faults, of_an_open_bracket_show_where_it_was_opened) {
  const Parsed parsed = parse_text("a {\n  b {\n    c = 1\n");
  const Diagnostic d = only(parsed);
  EXPECT_EQ(d.code, Code::unclosed_bracket);
  ASSERT_EQ(d.notes.size(), 2u);
  EXPECT_EQ(d.notes[0].span, (Span{0, 8, 9})) << "the inner one first";
  EXPECT_EQ(d.notes[1].span, (Span{0, 2, 3}));
}

TEST(Faults, of_an_open_string_mark_it_from_its_quote_to_the_end_of_the_line) {
  EXPECT_EQ(only(parse_text("a = [\"b\", \"c]  \nd = 1\n")).span, (Span{0, 10, 13}));
}

TEST(Faults, leave_the_rest_of_the_body_in_the_tree) {
  const Parsed parsed = parse_text("a {\n b = )\n c = 1\n}\nd = 2\n");
  const auto tree = grammar::dump(parsed.tree, parsed.text());
  EXPECT_NE(tree.find("ident 'b'"), std::string::npos) << "the name of a faulty value is kept\n" << tree;
  EXPECT_NE(tree.find("ident 'c'"), std::string::npos) << tree;
  EXPECT_NE(tree.find("ident 'd'"), std::string::npos) << tree;
}

TEST(Faults, are_one_a_line) {
  EXPECT_EQ(codes(parse_text("a = ), b = ), c = )\nd = )\n")), "FTS0107 1:5\nFTS0107 2:5\n");
}

TEST(Faults, are_fifty_a_file_and_the_last_says_so) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "a = )\n";
  const Parsed parsed = parse_text(text);
  const auto& all = parsed.diagnostics.all();
  ASSERT_EQ(all.size(), 50u);
  EXPECT_EQ(all[48].code, Code::missing_value);
  EXPECT_EQ(all[49].code, Code::too_many_syntax_errors);
  EXPECT_EQ(leaves(parsed.tree, parsed.text()), text);
}

TEST(Faults, come_in_the_order_of_their_places) {
  for (const auto& [name, text, expected] : kBrokenTexts) {
    std::uint32_t before = 0;
    const Parsed parsed = parse_text(text);
    for (const auto& d : parsed.diagnostics.all()) {
      EXPECT_GE(d.span.begin + 8, before) << name;  // an unclosed string is marked from its quote on
      before = d.span.begin;
    }
  }
}

TEST(Faults, of_deep_nesting_are_one_and_the_rest_is_read) {
  const std::string deep = "a = " + std::string(201, '(') + "b" + std::string(201, ')') + "\nc = )\n";
  EXPECT_EQ(codes(parse_text(deep)), "FTS0108 1:206\nFTS0107 2:5\n");
  const std::string allowed = "a = " + std::string(199, '(') + "b" + std::string(199, ')') + "\n";
  EXPECT_EQ(codes(parse_text(allowed)), "");
}

}  // namespace
}  // namespace fts::test
