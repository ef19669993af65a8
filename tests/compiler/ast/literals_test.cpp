// Numbers, strings and regexes: what the written text means.
#include <limits>

#include <gtest/gtest.h>

#include "tests/compiler/ast/ast_probe.hpp"

namespace fts::test {
namespace {

ast::Number number(std::string_view text) {
  const Built built = build_text("x = " + std::string(text));
  const auto& value = *std::get<ast::Attribute>(built.file.body.items.at(0).node).value;
  EXPECT_TRUE(std::holds_alternative<ast::Number>(value.node)) << built.rendered();
  const auto* read = std::get_if<ast::Number>(&value.node);
  return read != nullptr ? *read : ast::Number{};
}

TEST(Numbers, have_a_value_and_are_integers_without_dot_and_exponent) {
  EXPECT_EQ(number("10").integer, 10);
  EXPECT_EQ(number("1_000_000").integer, 1'000'000);
  EXPECT_EQ(number("1_000_000").value, 1e6);
  EXPECT_EQ(number("0.1").value, 0.1);
  EXPECT_EQ(number("0.1").integer, std::nullopt);
  EXPECT_EQ(number("1e-5").value, 1e-5);
  EXPECT_EQ(number("1e3").integer, std::nullopt);
  EXPECT_EQ(number("9223372036854775807").integer, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(number("9223372036854775808").integer, std::nullopt);
  EXPECT_EQ(number("9223372036854775808").value, 9223372036854775808.0);
}

TEST(Numbers, may_have_a_unit) {
  EXPECT_EQ(number("80GiB").unit, "GiB");
  EXPECT_EQ(number("80GiB").integer, 80);
  EXPECT_EQ(number("1.5min").unit, "min");
  for (const char* unit : {"B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "ms", "s", "min", "h"}) {
    EXPECT_EQ(number("2" + std::string(unit)).unit, unit);
  }
}

TEST(Numbers, that_cannot_be_represented_or_have_an_unknown_unit_are_reported) {
  EXPECT_EQ(codes_of("x = 1e400\n"), "FTS0216 1:5\n");
  EXPECT_EQ(codes_of("x = 80GIB\n"), "FTS0216 1:7\n");
  EXPECT_EQ(codes_of("x = 0x10\n"), "FTS0216 1:6\n");
  EXPECT_EQ(codes_of("x = 1_000_\n"), "FTS0216 1:10\n");
  EXPECT_EQ(build_text("x = 80gib\n").diagnostics.all()[0].help, "did you mean 'GiB'?");
  EXPECT_EQ(build_text("x = 3days\n").diagnostics.all()[0].help,
            "units are B KB MB GB TB KiB MiB GiB TiB, and ms s min h");
}

TEST(Strings, are_one_piece_when_nothing_in_them_is_special) {
  EXPECT_EQ(dump_value(R"("a.**.[0-3]{x,y}?")"), "string \"a.**.[0-3]{x,y}?\"\n");
  EXPECT_EQ(dump_value(R"("")"), "string \"\"\n");
}

TEST(Strings, keep_escapes_and_interpolations_apart_from_what_may_be_a_wildcard) {
  EXPECT_EQ(dump_value(R"("a*\*\?b")"), "string\n  text \"a*\"\n  literal \"*?\"\n  text \"b\"\n");
  EXPECT_EQ(dump_value(R"("l.${i + 1}.w")"),
            "string\n  text \"l.\"\n  interpolation\n    binary +\n      name i\n      number 1\n  text \".w\"\n");
  EXPECT_EQ(dump_value(R"("$${a}$$${b}$")"),
            "string\n  literal \"${\"\n  text \"a}$\"\n  literal \"${\"\n  text \"b}$\"\n");
  EXPECT_EQ(dump_value(R"("\n\t\"\\\u{e9}\u{1F600}")"), "string\n  literal \"\\n\\t\\\"\\\\é😀\"\n");
}

TEST(Strings, have_no_other_escapes) {
  EXPECT_EQ(codes_of(R"(x = "a\d")"), "FTS0201 1:7\n");
  EXPECT_EQ(codes_of(R"(x = "\x41")"), "FTS0201 1:6\n");
  EXPECT_EQ(codes_of(R"(x = "\u00e9")"), "FTS0201 1:6\n");
  EXPECT_EQ(codes_of(R"(x = "\u{}")"), "FTS0201 1:6\n");
  EXPECT_EQ(codes_of(R"(x = "\u{110000}")"), "FTS0201 1:6\n");
  EXPECT_EQ(codes_of(R"(x = "\u{d800}")"), "FTS0201 1:6\n");
  EXPECT_EQ(codes_of(R"(x = "\u{fffffffffffff}")"), "FTS0201 1:6\n");
  EXPECT_EQ(codes_of(R"(x = "\é\é")"), "FTS0201 1:6\nFTS0201 1:9\n");
  const Built regex = build_text(R"(x = "a\d")");
  EXPECT_EQ(regex.diagnostics.all()[0].message, "'\\d' is no escape");
  EXPECT_EQ(regex.diagnostics.all()[0].help, "a regex is written /…/");
}

TEST(Regexes, are_kept_as_written_but_for_their_slashes) {
  EXPECT_EQ(dump_value(R"(/a\.\d{2}\/b\\/)"), "regex /a\\.\\d{2}/b\\\\/\n");
  EXPECT_EQ(dump_value(R"(/${a}/)"), "regex /${a}/\n");
}

}  // namespace
}  // namespace fts::test
