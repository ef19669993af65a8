// Whatever the bytes, the leaves of the tree are the text.
#include <random>

#include <gtest/gtest.h>

#include "tests/grammar/broken_corpus.hpp"
#include "tests/grammar/corpus.hpp"
#include "tests/grammar/parse_probe.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

// Checks sizes and ends too: every node's children fill it in order.
void expect_lossless(std::string_view text) {
  Diagnostics diagnostics;
  const auto tree = grammar::parse(0, text, diagnostics);
  ASSERT_EQ(tree.nodes.size(), tree.nodes[0].size);
  ASSERT_EQ(leaves(tree, text), text);
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    std::uint32_t at = tree.nodes[i].begin;
    for (const std::size_t child : tree.children(i)) {
      ASSERT_EQ(tree.nodes[child].begin, at) << text;
      at = tree.nodes[child].end;
    }
    ASSERT_EQ(tree.is_leaf(i) ? tree.nodes[i].end : at, tree.nodes[i].end) << text;
  }
}

TEST(Lossless, for_every_prefix_of_the_sample) {
  const std::string sample = read_test_file("data/language_sample.fts");
  for (std::size_t i = 0; i <= sample.size(); ++i) expect_lossless(std::string_view(sample).substr(0, i));
}

TEST(Lossless, for_every_deletion_of_one_byte) {
  const std::string sample = read_test_file("data/language_sample.fts");
  for (std::size_t i = 0; i < sample.size(); ++i) expect_lossless(sample.substr(0, i) + sample.substr(i + 1));
}

class Insertions : public testing::TestWithParam<char> {};

TEST_P(Insertions, of_one_byte_lose_nothing) {
  const std::string sample = read_test_file("data/language_sample.fts");
  for (std::size_t i = 0; i <= sample.size(); ++i) {
    expect_lossless(sample.substr(0, i) + GetParam() + sample.substr(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Lossless, Insertions,
                         testing::Values('{', '}', '(', ')', '[', ']', '"', '/', '#', '=', ',', '\n', '\r', '.', '$',
                                         'x', '\\', '\'', ';', ':', '|', '-', '\0', '\xFF'));

TEST(Lossless, for_every_prefix_of_right_and_broken_texts) {
  for (const auto& right : kRightTexts) {
    for (std::size_t i = 0; i <= right.text.size(); ++i) expect_lossless(right.text.substr(0, i));
  }
  for (const auto& broken : kBrokenTexts) {
    for (std::size_t i = 0; i <= broken.text.size(); ++i) expect_lossless(broken.text.substr(0, i));
  }
}

TEST(Lossless, for_random_bytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string text(random() % 80, '\0');
    for (char& c : text) c = static_cast<char>(random());
    expect_lossless(text);
  }
}

TEST(Lossless, for_random_tokens) {
  constexpr std::string_view tokens[] = {
      "let ", "for ", "use ", "input ", "in ", "if ",    "else ", "where ", "and ", "not ", "x",  "\"", "${",
      "}",    "{",    "(",    ")",      "[",   "]",      "=",     "=>",     ",",    "\n",   "..", "**", "//",
      "/",    "|",    "&&",   "a = ",   "1",   "1.5GiB", "'",     ":",      ";",    "\\",   " ",  "#",  "as "};
  std::mt19937 random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = random() % 40; length > 0; --length) text += tokens[random() % std::size(tokens)];
    expect_lossless(text);
  }
}

}  // namespace
}  // namespace fts::test
