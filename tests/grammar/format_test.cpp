// The formatter: what its form is, and that it changes nothing else.
#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "grammar/format.hpp"
#include "tests/grammar/broken_corpus.hpp"
#include "tests/grammar/corpus.hpp"
#include "tests/grammar/parse_probe.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

std::string formatted(std::string_view text, const grammar::FormatOptions& options = {}) {
  Diagnostics diagnostics;
  return grammar::format(grammar::parse(0, text, diagnostics), text, options);
}

// Everything that is written but layout: tokens and comments in order. Commas and the line breaks of items are layout.
std::string content(std::string_view text) {
  Diagnostics diagnostics;
  const auto tree = grammar::parse(0, text, diagnostics);
  std::string out, comments;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    const auto& node = tree.nodes[i];
    if (!tree.is_leaf(i) || node.kind == grammar::Kind::comma || node.kind == grammar::Kind::file) continue;
    std::string_view token = text.substr(node.begin, node.end - node.begin);
    if (node.kind == grammar::Kind::comment) {
      while (token.ends_with(' ') || token.ends_with('\t') || token.ends_with('\r')) token.remove_suffix(1);
      comments += std::string(token) + '\n';
    } else if (!grammar::is_trivia(node.kind)) {
      out += std::string(token) + ' ';
    }
  }
  return out + '\n' + comments;
}

// The text without what a formatter may move, for texts with errors.
std::string letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(" \t\r\n,").find(c) == std::string_view::npos) out += c;
  }
  return out;
}

void expect_stable(std::string_view text) {
  const std::string once = formatted(text);
  EXPECT_EQ(formatted(once), once) << "from:\n" << text;
}

void expect_kept(std::string_view text) {
  const std::string once = formatted(text);
  EXPECT_EQ(content(once), content(text)) << once;
  EXPECT_EQ(codes(parse_text(once)), "") << once;
  expect_stable(text);
}

std::vector<std::filesystem::path> all_files() {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"examples", "stdlib", "tests"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(FTS_SOURCE_DIR "/") + folder)) {
      if (entry.path().extension() == ".fts") files.push_back(entry.path());
    }
  }
  return files;
}

TEST(Format, gives_the_form_that_was_reviewed) {
  expect_golden("grammar/format.out.fts", formatted(read_test_file("golden/grammar/format.fts")));
  expect_golden("grammar/language_sample.out.fts", formatted(read_test_file("data/language_sample.fts")));
}

TEST(Format, keeps_every_text_that_has_no_fault) {
  for (const auto& right : kRightTexts) expect_kept(right.text);
}

TEST(Format, keeps_every_file_of_the_project) {
  ASSERT_GT(all_files().size(), 10U);
  for (const auto& path : all_files()) {
    const std::string text = read_test_file(std::filesystem::relative(path, FTS_SOURCE_DIR "/tests").string());
    if (codes(parse_text(text)).empty()) {
      expect_kept(text);
    } else {
      EXPECT_EQ(letters(formatted(text)), letters(text)) << path;
      expect_stable(text);
    }
  }
}

// The text with every blank made longer, or a tab.
std::string scrambled(std::string_view text, std::mt19937& random) {
  Diagnostics diagnostics;
  const auto tree = grammar::parse(0, text, diagnostics);
  std::string out;
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    if (!tree.is_leaf(i)) continue;
    const auto& node = tree.nodes[i];
    if (node.kind == grammar::Kind::blank) {
      out += random() % 4 == 0 ? "\t" : std::string(1 + random() % 5, ' ');
    } else {
      out += text.substr(node.begin, node.end - node.begin);
    }
  }
  return out;
}

TEST(Format, does_not_depend_on_blanks) {
  std::mt19937 random(1);
  const std::string sample = read_test_file("data/language_sample.fts");
  for (int i = 0; i < 20; ++i) ASSERT_EQ(formatted(scrambled(sample, random)), formatted(sample));
  for (const auto& right : kRightTexts) ASSERT_EQ(formatted(scrambled(right.text, random)), formatted(right.text));
}

TEST(Format, loses_nothing_of_a_text_with_faults) {
  for (const auto& broken : kBrokenTexts) {
    EXPECT_EQ(letters(formatted(broken.text)), letters(broken.text));
    expect_stable(broken.text);
  }
}

TEST(Format, is_stable_on_carriage_returns_that_end_no_line) {
  for (const std::string text : {"\r\r", "let a = 1\n\r", "let a = [1,2]\r\n\r\r\r\nlet b = 2\n", "for x in [1,2]\r",
                                 "let a = [1\r\r\n,2]\n", "for x in [1,\r#2] {\n \r", "let a = 1\r  let b = 2\n"}) {
    EXPECT_EQ(letters(formatted(text)), letters(text));
    expect_stable(text);
  }
  EXPECT_EQ(formatted("let a = [1,2]\r"), "let a = [1, 2]\n");
  EXPECT_EQ(formatted("let a = [1,2]\n\r\r"), "let a = [1, 2]\n");
  const std::string sample = read_test_file("data/language_sample.fts");
  for (std::size_t i = 0; i < sample.size(); i += 29) expect_stable(sample.substr(0, i) + "\r" + sample.substr(i));
}

TEST(Format, is_stable_on_every_prefix_and_deletion_of_the_sample) {
  const std::string sample = read_test_file("data/language_sample.fts");
  for (std::size_t i = 0; i < sample.size(); i += 29) {
    for (const auto& text : {sample.substr(0, i), sample.substr(0, i) + sample.substr(i + 1)}) {
      ASSERT_EQ(letters(formatted(text)), letters(text)) << text;
      expect_stable(text);
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace fts::test
