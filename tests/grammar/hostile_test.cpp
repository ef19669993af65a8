// Texts that make a careless parser slow or overflow its stack. Each is read once: a quadratic step would take minutes
// and run into the time limit of the test.
#include <gtest/gtest.h>

#include "tests/grammar/parse_probe.hpp"

namespace fts::test {
namespace {

std::string repeated(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

struct Case {
  std::string_view name, before, piece;
  int count;
};

class Hostile : public testing::TestWithParam<Case> {};

TEST_P(Hostile, text_is_read_without_loss) {
  const auto& [name, before, piece, count] = GetParam();
  const std::string text = std::string(before) + repeated(piece, count);
  const Parsed parsed = parse_text(text);
  EXPECT_TRUE(leaves(parsed.tree, parsed.text()) == text) << name;
  EXPECT_LE(parsed.diagnostics.all().size(), 50u) << name;
}

INSTANTIATE_TEST_SUITE_P(
    All, Hostile,
    testing::Values(
        Case{"braces", "", "{", 300'000}, Case{"parentheses", "", "(", 300'000}, Case{"squares", "a = ", "[", 300'000},
        Case{"blocks", "", "a{", 150'000}, Case{"blocks on lines", "", "a{\n", 100'000},
        Case{"closing braces", "", "}", 300'000}, Case{"parentheses on lines", "", "(\n", 150'000},
        Case{"operators at line ends", "", "a +\n", 100'000}, Case{"faults on one line", "", "=,", 150'000},
        Case{"faulty bodies on one line", "", "a{=},", 60'000}, Case{"nots", "a = ", "not ", 100'000},
        Case{"signs", "a = ", "-", 300'000}, Case{"powers", "a = ", "2**", 100'000},
        Case{"calls", "a = ", "f(", 100'000}, Case{"lists", "a = [", "[1,", 100'000},
        Case{"elses", "a = ", "b if c else ", 50'000}, Case{"blank lines behind an operator", "a = b +", "\n", 300'000},
        Case{"blanks in brackets", "a = (b", " ", 300'000}, Case{"lines in brackets", "a = (b", "\n", 300'000},
        Case{"escaped slashes", "a = /", "\\/", 150'000}, Case{"quotes", "a = ", "\"", 300'000},
        Case{"interpolations", "a = ", "\"${", 100'000}, Case{"missing values", "", "a =\n", 100'000},
        Case{"late values", "", "a =\n ", 60'000}, Case{"headers", "", "x y\n  ", 60'000},
        Case{"colons", "", "x:\n  ", 60'000}, Case{"loops", "", "for i in f(a +\n", 30'000},
        Case{"members", "a = b", ".c", 150'000}, Case{"sums", "a = b", " + c", 75'000},
        Case{"unions", "a = b", " | c", 75'000}, Case{"bytes that are not UTF-8", "", "\xFF", 300'000},
        Case{"carriage returns", "", "\r", 300'000}));

TEST(HostileText, that_opens_and_closes_many_bodies_is_read_without_loss) {
  const std::string text = repeated("a {b = f({\n", 30'000) + repeated("}) x", 30'000);
  const Parsed parsed = parse_text(text);
  EXPECT_TRUE(leaves(parsed.tree, parsed.text()) == text);
}

}  // namespace
}  // namespace fts::test
