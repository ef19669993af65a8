#include "grammar/skipper.hpp"

#include <gtest/gtest.h>

namespace fts::test {
namespace {

using grammar::Skipper;
using grammar::StopAt;

// The text that is skipped from the start on, where the fault is at the first '!'.
std::string skipped(std::string_view text, StopAt stop = StopAt::item_end) {
  const auto fault = static_cast<std::uint32_t>(text.find('!'));
  return std::string(text.substr(0, Skipper(text).skip(0, fault, stop)));
}

TEST(Skipper, stops_at_the_end_of_the_item) {
  EXPECT_EQ(skipped("a = ! b\nc"), "a = ! b");
  EXPECT_EQ(skipped("a = ! b\r\nc"), "a = ! b");
  EXPECT_EQ(skipped("a = !, c = 1"), "a = !");
  EXPECT_EQ(skipped("a = ! }"), "a = !");
  EXPECT_EQ(skipped("a = !  # note"), "a = !");
}

TEST(Skipper, goes_over_brackets_strings_and_regexes_that_are_closed) {
  EXPECT_EQ(skipped("! (a,\n b) c\nd"), "! (a,\n b) c");
  EXPECT_EQ(skipped("! \"a, b\" c, d"), "! \"a, b\" c");
  EXPECT_EQ(skipped("! | /a,}/ c, d"), "! | /a,}/ c");
  EXPECT_EQ(skipped("! (a, \")\") c, d"), "! (a, \")\") c");
}

TEST(Skipper, does_not_go_over_what_is_never_closed) {
  EXPECT_EQ(skipped("! (a\nb"), "! (a");
  EXPECT_EQ(skipped("! \"a, b"), "! \"a");
  EXPECT_EQ(skipped("! (a }"), "! (a");
}

TEST(Skipper, takes_all_lines_before_the_fault) {
  EXPECT_EQ(skipped("a = (b, c\n| d\n!e\nf"), "a = (b, c\n| d");
  EXPECT_EQ(skipped("a = b,\n c !"), "a = b,") << "the fault's own line is read again";
}

TEST(Skipper, stops_at_an_opening_brace_only_for_headers) {
  EXPECT_EQ(skipped("x ! , y { a = 1 }", StopAt::body), "x ! , y");
  EXPECT_EQ(skipped("x ! y { a = 1 }\nb"), "x ! y { a = 1 }");
}

TEST(Skipper, does_not_stop_at_commas_when_the_line_is_given_up) {
  EXPECT_EQ(skipped("a = !, b = 1 } c", StopAt::line_end), "a = !, b = 1");
}

TEST(Skipper, pairs_brackets_and_lets_braces_win) {
  const Skipper skipper("{ ( [ } ) [ ( ) ]");
  EXPECT_TRUE(skipper.is_closed(0));
  EXPECT_FALSE(skipper.is_closed(2));
  EXPECT_FALSE(skipper.is_closed(4));
  EXPECT_TRUE(skipper.is_closed(10));
  EXPECT_TRUE(skipper.is_closed(12));
}

TEST(Skipper, takes_a_wrong_closing_bracket_as_the_end_but_not_as_closed) {
  const Skipper skipper("[1, 2) ]");
  EXPECT_FALSE(skipper.is_closed(0));
  EXPECT_EQ(skipped("! [1, 2), b"), "! [1, 2)");
}

TEST(Skipper, finds_the_lines_of_a_body_without_a_brace) {
  const auto body = [](std::string_view text) {
    const auto header = static_cast<std::uint32_t>(text.find('!') + 1);
    return std::string(text.substr(header, grammar::indented_body_end(text, 0, header) - header));
  };
  EXPECT_EQ(body("a!\n  b\n\n  c\nd"), "\n  b\n\n  c");
  EXPECT_EQ(body("a!\n  b\n}\nd"), "\n  b\n}");
  EXPECT_EQ(body("a!\nb"), "");
  EXPECT_EQ(body("a!\n}"), "");
  EXPECT_EQ(body("a!"), "");
}

}  // namespace
}  // namespace fts::test
