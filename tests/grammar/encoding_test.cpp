#include "grammar/encoding.hpp"

#include <gtest/gtest.h>

#include "tests/grammar/parse_probe.hpp"

namespace fts::test {
namespace {

using grammar::first_bad_utf8;

TEST(Encoding, accepts_what_RFC_3629_allows) {
  for (const std::string_view text : {"", "abc", "é", "日", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
    EXPECT_EQ(first_bad_utf8(text), std::nullopt) << text;
  }
}

TEST(Encoding, finds_the_first_byte_that_is_not_utf8) {
  EXPECT_EQ(first_bad_utf8("ab\xFF"), 2u);
  EXPECT_EQ(first_bad_utf8("\x80"), 0u) << "a continuation on its own";
  EXPECT_EQ(first_bad_utf8("a\xC3"), 1u) << "cut off";
  EXPECT_EQ(first_bad_utf8("\xC0\xAF"), 0u) << "overlong";
  EXPECT_EQ(first_bad_utf8("\xE0\x80\xAF"), 0u) << "overlong";
  EXPECT_EQ(first_bad_utf8("\xF0\x80\x80\xAF"), 0u) << "overlong";
  EXPECT_EQ(first_bad_utf8("\xED\xA0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(first_bad_utf8("\xF4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
}

TEST(Encoding, is_reported_once_with_its_place_and_the_text_is_read_on) {
  const Parsed parsed = parse_text("a = \"x\"\n# caf\xE9 na\xEFve\nb = )\n");
  EXPECT_EQ(codes(parsed), "FTS0109 2:6\nFTS0107 3:5\n");
  EXPECT_EQ(parsed.diagnostics.all()[0].message, "the byte 0xE9 is not UTF-8 here");
}

TEST(Encoding, is_the_only_fault_of_its_token) {
  EXPECT_EQ(codes(parse_text("\xFF\nb = )\n")), "FTS0109 1:1\nFTS0107 2:5\n");
  EXPECT_EQ(codes(parse_text("a = caf\xE9\n")), "FTS0109 1:8\n");
}

TEST(Encoding, of_a_control_character_has_a_help) {
  const Parsed parsed = parse_text(std::string_view("a = 1 \0b\n", 9));
  ASSERT_EQ(codes(parsed), "FTS0106 1:7\n");
  EXPECT_EQ(parsed.diagnostics.all()[0].help, "control characters stand nowhere in a .fts file: delete the byte");
}

TEST(Encoding, of_a_utf16_file_is_one_fault) {
  const std::string text(
      "\xFF\xFE"
      "a\0 \0=\0\n\0",
      10);
  const Parsed parsed = parse_text(text);
  EXPECT_EQ(codes(parsed), "FTS0109 1:1\n");
  EXPECT_EQ(leaves(parsed.tree, parsed.text()), text);
}

TEST(Encoding, skips_a_byte_order_mark_only_at_the_start) {
  EXPECT_EQ(codes(parse_text("\xEF\xBB\xBF"
                             "a = 1\n")),
            "");
  EXPECT_EQ(codes(parse_text("a = 1\n\xEF\xBB\xBF")), "FTS0101 2:1\n");
}

}  // namespace
}  // namespace fts::test
