// What holds of the sources as text: the rules of CONTRIBUTING.md that no compiler looks after.
#include <gmock/gmock.h>
#include <re2/re2.h>

#include <filesystem>
#include <map>
#include <ranges>
#include <set>

#include "tests/support/golden.hpp"

namespace fts {
namespace {

namespace fs = std::filesystem;
using Strings = std::set<std::string>;

constexpr std::size_t kMostLines = 400;  // most files have a third of it

// A file of the project's own, by its path from the root.
std::string read(const std::string& file) { return test::read_test_file("../" + file); }

// The project's own files, as paths from its root.
std::vector<std::string> files() {
  std::vector<std::string> found;
  for (const char* top : {".ci", "cmake", "compiler", "docs", "examples", "grammar", "runtime", "stdlib", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(FTS_SOURCE_DIR) / top)) {
      if (entry.is_regular_file()) found.push_back(fs::relative(entry.path(), FTS_SOURCE_DIR).generic_string());
    }
  }
  for (const char* name :
       {"CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "CONTRIBUTING.md", "Makefile", "README.md"})
    found.emplace_back(name);
  return found;
}

bool is_cpp(const std::string& file) { return file.ends_with(".cpp") || file.ends_with(".hpp"); }

// "runtime/shard" of "runtime/shard/tap.hpp", "grammar" of "grammar/parse.hpp"; nothing for what a build makes.
std::string folder_of(const std::string& file) {
  std::string folder;
  RE2::PartialMatch(file, R"(^((?:compiler|runtime)/\w+|grammar)/)", &folder);
  return folder;
}

// The table of CONTRIBUTING.md: what each folder may include, and all that those may.
std::map<std::string, Strings> allowed() {
  std::map<std::string, Strings> table;
  const auto text = read("CONTRIBUTING.md");
  re2::StringPiece rest(text);
  std::string folder, names, name;
  while (RE2::FindAndConsume(&rest, R"((?m)^\| `([\w/]+)` \|.*\| ([^|]*) \|$)", &folder, &names)) {
    auto& may = table[folder];
    re2::StringPiece list(names);
    while (RE2::FindAndConsume(&list, R"(`([\w/]+)`)", &name)) {
      may.insert(name);
      may.merge(Strings(table[name]));  // a folder stands below those that it includes
    }
  }
  return table;
}

TEST(Tree, AFolderIncludesOnlyWhatItMay) {
  const auto table = allowed();
  Strings wrong, folders;
  for (const auto& file : files() | std::views::filter(is_cpp)) {
    const auto folder = folder_of(file);
    if (folder.empty()) continue;
    folders.insert(folder);
    const auto text = read(file);
    re2::StringPiece rest(text);
    std::string included;
    while (RE2::FindAndConsume(&rest, R"((?m)^#include "([^"]+)\")", &included)) {
      const auto other = folder_of(included);
      const auto row = table.find(folder);
      if (other.empty() || other == folder || (row != table.end() && row->second.contains(other))) continue;
      wrong.insert(file + " includes " + included);
    }
  }
  EXPECT_THAT(wrong, testing::IsEmpty());
  EXPECT_THAT(folders, testing::ElementsAreArray(std::views::keys(table).begin(), std::views::keys(table).end()));
}

TEST(Tree, FilesStayShort) {
  Strings longer;
  for (const auto& file : files() | std::views::filter(is_cpp)) {
    const auto text = read(file);
    if (static_cast<std::size_t>(std::ranges::count(text, '\n')) > kMostLines) longer.insert(file);
  }
  EXPECT_THAT(longer, testing::IsEmpty());
}

TEST(Tree, NoFileNamesAFolderOfOneMachine) {
  const RE2 machine(R"re((?m)(?:^|[\s"'`(=:])(/home/\w|/root/|/work/)|(?:\.\./shared))re");
  Strings wrong;
  for (const auto& file : files()) {
    if (file == "tests/project/tree_test.cpp") continue;
    std::string found;
    if (RE2::PartialMatch(read(file), machine, &found)) wrong.insert(file + ": " + found);
  }
  EXPECT_THAT(wrong, testing::IsEmpty());
}

}  // namespace
}  // namespace fts
