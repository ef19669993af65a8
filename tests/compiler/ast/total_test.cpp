// Any text gives a typed tree that can be walked, and every fault has a place.
#include <random>

#include <gtest/gtest.h>

#include "tests/compiler/ast/ast_probe.hpp"
#include "tests/grammar/broken_corpus.hpp"
#include "tests/grammar/corpus.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

void expect_total(std::string_view text) {
  Diagnostics diagnostics;
  const auto tree = grammar::parse(0, text, diagnostics);
  const ast::File file = ast::build(tree, text, diagnostics);
  const std::string dumped = ast::dump(file);
  for (const auto& d : diagnostics.all()) {
    ASSERT_LT(d.span.begin, d.span.end) << d.message << "\n" << text;
    ASSERT_LE(d.span.end, text.size()) << d.message << "\n" << text;
  }
  const bool poisoned = dumped.find("error\n") != std::string::npos || file.body.incomplete;
  ASSERT_TRUE(!poisoned || diagnostics.has_errors()) << "a part is missing without a report\n" << text;
}

TEST(AstTotal, for_every_prefix_and_deletion_of_the_sample) {
  const std::string sample = read_test_file("data/language_sample.fts");
  for (std::size_t i = 0; i < sample.size(); ++i) {
    expect_total(sample.substr(0, i));
    expect_total(sample.substr(0, i) + sample.substr(i + 1));
  }
}

TEST(AstTotal, for_every_prefix_of_right_and_broken_texts) {
  for (const auto& right : kRightTexts) {
    for (std::size_t i = 0; i <= right.text.size(); ++i) expect_total(right.text.substr(0, i));
  }
  for (const auto& broken : kBrokenTexts) {
    for (std::size_t i = 0; i <= broken.text.size(); ++i) expect_total(broken.text.substr(0, i));
  }
}

TEST(AstTotal, for_random_tokens) {
  constexpr std::string_view tokens[] = {"let ", "for ", "use ", "input ", "in ",  "if ",    "else ", "where ", "and ",
                                         "not ", "x",    "\"",   "${",     "}",    "{",      "(",     ")",      "[",
                                         "]",    "=",    "=>",   ",",      "\n",   "..",     "**",    "//",     "/",
                                         "|",    "&",    "- ",   "a = ",   "1",    "1.5GiB", "'",     ":",      ";",
                                         "\\",   " ",    "#",    "as ",    "rest", "<",      "<"};
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = random() % 40; length > 0; --length) text += tokens[random() % std::size(tokens)];
    expect_total(text);
  }
}

TEST(AstTotal, for_the_deepest_text_that_the_grammar_reads) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "b { ";
  text += "a = " + std::string(90, '(') + "-x | f({ y = [1] })" + std::string(90, ')');
  for (int i = 0; i < 100; ++i) text += " }";
  const Built built = build_text(text);
  EXPECT_EQ(built.rendered(), "");
  EXPECT_NE(ast::dump(built.file).find("attribute y\n"), std::string::npos);
}

TEST(AstTotal, right_texts_have_no_part_missing) {
  for (const auto& right : kRightTexts) {
    const Built built = build_text(right.text);
    EXPECT_EQ(ast::dump(built.file).find("error\n"), std::string::npos) << right.name;
  }
}

}  // namespace
}  // namespace fts::test
