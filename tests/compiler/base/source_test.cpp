#include "compiler/base/source.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fts {
namespace {

using testing::HasSubstr;

struct Place {
  std::string_view what;
  std::string_view text;
  std::uint32_t offset;
  Position position;
};

class PositionOf : public testing::TestWithParam<Place> {};

TEST_P(PositionOf, AByte) {
  const SourceFile file("f", std::string(GetParam().text));
  EXPECT_EQ(file.position(GetParam().offset), GetParam().position);
}

constexpr Place kPlaces[] = {
    {"InAnEmptyText", "", 0, {1, 1}},
    {"AtTheBeginning", "ab\ncd", 0, {1, 1}},
    {"InALine", "ab\ncd", 1, {1, 2}},
    {"OnALineBreak", "ab\ncd", 2, {1, 3}},
    {"AfterALineBreak", "ab\ncd", 3, {2, 1}},
    {"AtTheEnd", "ab\ncd", 5, {2, 3}},
    {"BehindTheEnd", "ab\ncd", 99, {2, 3}},
    {"AfterTheLastLineBreak", "ab\n", 3, {2, 1}},
    {"BehindTwoByteCharacters", "öä x", 4, {1, 5}},
    {"AfterCrLf", "ab\r\ncd", 4, {2, 1}},
    {"OfATab", "\t\tx", 2, {1, 3}},
};
INSTANTIATE_TEST_SUITE_P(SourceFile, PositionOf, testing::ValuesIn(kPlaces),
                         [](const auto& test) { return std::string(test.param.what); });

TEST(SourceFile, GivesItsLinesWithoutTheirBreaks) {
  const SourceFile file("f", "one\r\n\ntwo");
  EXPECT_EQ(file.line(1), "one");
  EXPECT_EQ(file.line(2), "");
  EXPECT_EQ(file.line(3), "two");
  EXPECT_EQ(file.line(0), "");
  EXPECT_EQ(file.line(4), "");
}

TEST(SourceMap, KeepsReferencesWhenFilesAreAdded) {
  SourceMap map;
  const FileId first = map.add("a", "hello");
  const SourceFile* const before = &map.file(first);
  for (int i = 0; i < 100; ++i) map.add("b", "x");
  EXPECT_EQ(before, &map.file(first));
  EXPECT_EQ(map.size(), 101u);
  EXPECT_EQ(map.text({first, 1, 3}), "el");
  EXPECT_EQ(map.text(Span{}), "") << "a span without a place has no text";
}

TEST(SourceMap, ReadsAFileAsItIs) {
  const auto path = std::filesystem::temp_directory_path() / ("fts-base-" + std::to_string(::getpid()) + ".fts");
  std::ofstream(path, std::ios::binary) << "a\r\nb";
  SourceMap map;
  const auto id = map.read(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(id) << id.error();
  EXPECT_EQ(map.file(*id).text(), "a\r\nb");
  EXPECT_EQ(map.file(*id).path(), path.string());
}

TEST(SourceMap, SaysWhyAFileCannotBeRead) {
  SourceMap map;
  EXPECT_EQ(map.read("/nonexistent/x.fts").error(), "there is no file '/nonexistent/x.fts'");
  EXPECT_EQ(map.read("/").error(), "'/' is a folder, not a file");
  EXPECT_THAT(map.read("/dev/zero").error(), HasSubstr("larger than 64 MiB"));
  EXPECT_THAT(map.read("/proc/self/mem").error(), HasSubstr("cannot read '/proc/self/mem': "));  // opens, but reads not
}

TEST(Span, CoversTwo) {
  EXPECT_EQ(cover({0, 5, 7}, {0, 2, 3}), (Span{0, 2, 7}));
  EXPECT_FALSE(Span{}.has_place());
}

}  // namespace
}  // namespace fts
