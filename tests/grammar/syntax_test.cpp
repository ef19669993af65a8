// Whole texts of the language: none of them has a fault.
#include <set>

#include <gtest/gtest.h>

#include "tests/grammar/corpus.hpp"
#include "tests/grammar/parse_probe.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

TEST(Syntax, reads_every_right_text_without_a_fault) {
  for (const auto& [name, text] : kRightTexts) {
    const Parsed parsed = parse_text(text);
    EXPECT_TRUE(parsed.diagnostics.all().empty()) << name << "\n" << render(parsed.diagnostics, parsed.sources, {});
    EXPECT_EQ(leaves(parsed.tree, parsed.text()), text) << name;
  }
}

TEST(Syntax, reads_the_complete_file_of_the_language_reference) {
  const Parsed parsed = parse_text(read_test_file("data/language_sample.fts"));
  EXPECT_EQ(render(parsed.diagnostics, parsed.sources, {}), "");
}

TEST(Syntax, gives_the_same_tree_for_both_kinds_of_line_break) {
  std::string crlf;
  const std::string text = read_test_file("data/language_sample.fts");
  for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const Parsed with_crlf = parse_text(crlf);
  EXPECT_EQ(grammar::dump(with_crlf.tree, with_crlf.text()), grammar::dump(parse_text(text).tree, text));
}

TEST(SyntaxTree, lists_children_and_hides_trivia) {
  const Parsed parsed = parse_text("a = 1 # b\n");
  const auto children = parsed.tree.children(0);
  ASSERT_EQ(children.size(), 4u);
  EXPECT_EQ(parsed.tree.nodes[children[0]].kind, grammar::Kind::attribute);
  EXPECT_EQ(parsed.tree.nodes[children[2]].kind, grammar::Kind::comment);
  EXPECT_TRUE(parsed.tree.is_leaf(children[2]));
  EXPECT_EQ(parsed.tree.span(children[2]), (Span{0, 6, 9}));
  EXPECT_EQ(grammar::dump(parsed.tree, parsed.text()),
            "file\n  attribute\n    ident 'a'\n    assign '='\n    number '1'\n");
  EXPECT_EQ(grammar::dump(parsed.tree, parsed.text(), true),
            "file\n  attribute\n    ident 'a'\n    blank ' '\n    assign '='\n    blank ' '\n    number '1'\n"
            "  blank ' '\n  comment '# b'\n  newline '\\n'\n");
}

TEST(SyntaxTree, has_no_chain_node_around_a_single_operand) {
  const Parsed parsed = parse_text("a = ((b))");
  const auto text = grammar::dump(parsed.tree, parsed.text());
  EXPECT_EQ(text.find("sum"), std::string::npos) << text;
  EXPECT_EQ(text.find("conditional"), std::string::npos) << text;
}

TEST(SyntaxTree, names_every_kind_once) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(grammar::Kind::double_op); ++kind) {
    names.insert(grammar::kind_name(static_cast<grammar::Kind>(kind)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(grammar::Kind::double_op) + 1);
}

}  // namespace
}  // namespace fts::test
