// docs/FTS_PARITY.md names every member of FTS's adapters once, and each test that it names is there.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fts {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Row {
  std::string member, test;
};

std::vector<Row> table() {
  std::vector<Row> rows;
  std::istringstream in(text_of(FTS_SOURCE_DIR "/docs/FTS_PARITY.md"));
  for (std::string line; std::getline(in, line);) {
    std::smatch cells;
    if (std::regex_match(line, cells, std::regex(R"(\| (.*) \| (.*) \| (.*) \|)")) && cells[1] != "FTS" &&
        cells[1] != "---")
      rows.push_back({cells[1], cells[3]});
  }
  return rows;
}

std::set<std::string> tests() {
  std::set<std::string> names;
  const std::regex test(R"(TEST(_P|_F)?\((\w+),\s*(\w+)\))");
  for (const auto& entry : fs::recursive_directory_iterator(FTS_SOURCE_DIR "/tests")) {
    if (entry.path().extension() != ".cpp") continue;
    const auto text = text_of(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), test), end; it != end; ++it)
      names.insert((*it)[2].str() + "." + (*it)[3].str());
  }
  return names;
}

TEST(FtsParity, NamesEveryMemberOfFtssAdaptersOnce) {
  std::vector<std::string> members, rows;
  std::istringstream in(text_of(FTS_SOURCE_DIR "/tests/data/fts_adapters/members.txt"));
  for (std::string line; std::getline(in, line);) members.push_back(line);
  for (const auto& row : table()) rows.push_back(row.member);
  EXPECT_THAT(rows, testing::UnorderedElementsAreArray(members));
}

TEST(FtsParity, NamesTestsThatAreThere) {
  const auto known = tests();
  for (const auto& row : table()) {
    EXPECT_TRUE(known.contains(row.test.substr(1, row.test.size() - 2))) << row.member << ": " << row.test;
  }
}

// Every hook of ours stands in the table or in the words above it.
TEST(FtsParity, TellsOfEveryHook) {
  const auto page = text_of(FTS_SOURCE_DIR "/docs/FTS_PARITY.md");
  const auto header = text_of(FTS_SOURCE_DIR "/runtime/adapters/adapter.hpp");
  const std::regex hook(R"(virtual [\w:<>, ]+?(\w+)\()");
  std::size_t hooks = 0;
  for (std::sregex_iterator it(header.begin(), header.end(), hook), end; it != end; ++it, ++hooks)
    EXPECT_NE(page.find((*it)[1].str()), std::string::npos) << (*it)[1];
  EXPECT_GE(hooks, 20U);
}

}  // namespace
}  // namespace fts
