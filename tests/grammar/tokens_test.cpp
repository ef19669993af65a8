#include "grammar/tokens.hpp"

#include <gtest/gtest.h>

namespace fts::test {
namespace {

using grammar::describe_token;

TEST(Tokens, are_described_as_they_stand_in_the_text) {
  EXPECT_EQ(describe_token("lr = 1", 0), "'lr'");
  EXPECT_EQ(describe_token("1e-5x", 0), "'1e-5x'");
  EXPECT_EQ(describe_token("0.25.x", 0), "'0.25'");
  EXPECT_EQ(describe_token("1..2", 0), "'1'");
  EXPECT_EQ(describe_token("\"a b\\\"\" c", 0), "'\"a b\\\"\"'");
  EXPECT_EQ(describe_token("\"a b", 0), "'\"'");
  EXPECT_EQ(describe_token("=> x", 0), "'=>'");
  EXPECT_EQ(describe_token("&&", 0), "'&&'");
  EXPECT_EQ(describe_token("é", 0), "'é'");
}

TEST(Tokens, that_cannot_be_shown_are_named) {
  EXPECT_EQ(describe_token("x", 1), "the end of the file");
  EXPECT_EQ(describe_token("x\ny", 1), "the end of the line");
  EXPECT_EQ(describe_token("x\r\ny", 1), "the end of the line");
  EXPECT_EQ(describe_token("# x", 0), "the end of the line");
  EXPECT_EQ(describe_token("\rx", 0), "a carriage return");
  EXPECT_EQ(describe_token(std::string_view("\0", 1), 0), "the byte 0x00");
}

TEST(Tokens, that_are_long_are_cut_between_characters) {
  EXPECT_EQ(describe_token(std::string(100, 'a'), 0), "'" + std::string(24, 'a') + "…'");
  EXPECT_EQ(describe_token("\"" + std::string(22, 'a') + "éééé\"", 0), "'\"" + std::string(22, 'a') + "…'");
}

TEST(Tokens, know_their_line) {
  const std::string_view text = "ab\ncd\r\nef";
  EXPECT_EQ(grammar::line_begin(text, 4), 3u);
  EXPECT_EQ(grammar::line_end(text, 4), 5u);
  EXPECT_EQ(grammar::line_begin(text, 0), 0u);
  EXPECT_EQ(grammar::line_end(text, 8), 9u);
}

}  // namespace
}  // namespace fts::test
