#include "compiler/plan/table.hpp"

#include <gtest/gtest.h>

namespace fts::plan {
namespace {

TEST(Table, IsAsWideAsItsCells) {
  Table table({{"n", true}, {"name"}}, 100, false);
  table.row({"1", "größe"});
  table.row({"12", "b"});
  EXPECT_EQ(table.text(),
            "┌────┬───────┐\n"
            "│  n │ name  │\n"
            "├────┼───────┤\n"
            "│  1 │ größe │\n"
            "│ 12 │ b     │\n"
            "└────┴───────┘\n");
}

TEST(Table, WrapsBetweenWordsWhenItIsTooWide) {
  Table table({{"a", false, true}, {"b"}}, 24, false);
  table.row({"one two three four", "x"});
  table.row({"first line\nsecond", "y"});
  EXPECT_EQ(table.text(),
            "┌──────────────────┬───┐\n"
            "│ a                │ b │\n"
            "├──────────────────┼───┤\n"
            "│ one two three    │ x │\n"
            "│ four             │   │\n"
            "│ first line       │ y │\n"
            "│ second           │   │\n"
            "└──────────────────┴───┘\n");
}

TEST(Table, CutsWhatCannotBeWrapped) {
  Table table({{"a"}, {"b", false, true}}, 30, false);
  table.row({"a_name_without_any_space", "averylongwordindeed"});
  EXPECT_EQ(table.text(),
            "┌─────────────────┬──────────┐\n"
            "│ a               │ b        │\n"
            "├─────────────────┼──────────┤\n"
            "│ a_name_without… │ averylo… │\n"
            "└─────────────────┴──────────┘\n");
}

TEST(Table, CutsNoNumber) {
  Table table({{"a"}, {"b", true}, {"c", true}}, 30, false);
  table.row({"a_name_without_any_space", "123.45 KiB", "678.90 KiB"});
  EXPECT_EQ(table.text(),
            "┌──────────┬────────────┬────────────┐\n"
            "│ a        │          b │          c │\n"
            "├──────────┼────────────┼────────────┤\n"
            "│ a_name_… │ 123.45 KiB │ 678.90 KiB │\n"
            "└──────────┴────────────┴────────────┘\n");
}

TEST(Table, ColoursTextButNotItsPadding) {
  Table table({{"a", false, false, "32"}}, 100, true);
  table.row({"x"});
  table.row({""});
  EXPECT_NE(table.text().find(" \x1b[32mx\x1b[0m "), std::string::npos);
  EXPECT_NE(table.text().find("\x1b[2m│\x1b[0m   \x1b[2m│"), std::string::npos);
}

TEST(Cut, CountsCharactersNotBytes) {
  EXPECT_EQ(cut("größe", 5), "größe");
  EXPECT_EQ(cut("größer", 5), "größ…");
  EXPECT_EQ(width_of("größe…"), 6u);
}

}  // namespace
}  // namespace fts::plan
