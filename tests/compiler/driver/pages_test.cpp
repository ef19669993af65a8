// Every diagnostic has a page; the wrong example on it gets exactly that diagnostic, the right one none.
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/base/code.hpp"
#include "tests/support/compiling.hpp"

namespace fts {

void PrintTo(const CodeInfo& code, std::ostream* out) { *out << code.id; }

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

fs::path page_path(std::string_view id) {
  return fs::path(FTS_SOURCE_DIR) / "docs/diagnostics" / (std::string(id) + ".md");
}

// The fenced block of a language behind a heading.
std::optional<std::string> block(const std::string& page, const std::string& heading, const std::string& language) {
  const auto section = page.find("\n## " + heading + "\n");
  if (section == std::string::npos) return std::nullopt;
  const std::string fence = "```" + language + "\n";
  const auto open = page.find(fence, section);
  const auto next = page.find("\n## ", section + 1);
  if (open == std::string::npos || (next != std::string::npos && open > next)) return std::nullopt;
  const auto begin = open + fence.size();
  return page.substr(begin, page.find("```", begin) - begin);
}

std::string model_of(const std::string& page) {
  const std::string mark = "<!-- model: ";
  const auto at = page.find(mark);
  if (at == std::string::npos) return "minilm-classifier";
  const auto name = page.substr(at + mark.size(), page.find(" -->", at) - at - mark.size());
  return name == "frozen" ? "minilm-frozen" : name;
}

class Page : public testing::TestWithParam<CodeInfo> {};

TEST_P(Page, HasTheTableTitleAndItsExamplesHold) {
  const auto page = read(page_path(GetParam().id));
  ASSERT_TRUE(page.starts_with("# " + std::string(GetParam().id) + ": " + std::string(GetParam().title) + "\n"))
      << page.substr(0, 80);
  ASSERT_NE(page.find("\n## Wrong\n"), std::string::npos);
  ASSERT_NE(page.find("\n## Right\n"), std::string::npos);
  const auto wrong = block(page, "Wrong", "fts");
  if (!wrong) {  // a fault of a command line, a model file or a run: the tests of that stage provoke it
    EXPECT_TRUE(block(page, "Wrong", "text")) << "neither an fts nor a text block";
    return;
  }
  const auto with_fault = test::compile_text(*wrong, model_of(page));
  std::set<std::string_view> codes;
  for (const auto& d : with_fault.diagnostics.all()) codes.insert(info(d.code).id);
  if (GetParam().code == Code::too_many_syntax_errors)
    codes = {info(with_fault.diagnostics.all().back().code).id};  // behind fifty others
  EXPECT_THAT(codes, testing::ElementsAre(GetParam().id)) << test::rendered(with_fault);
  for (const auto& d : with_fault.diagnostics.all())
    EXPECT_FALSE(d.help.empty() && d.notes.empty()) << test::rendered(with_fault);

  const auto right = block(page, "Right", "fts");
  ASSERT_TRUE(right);
  const auto without = test::compile_text(*right, model_of(page));
  EXPECT_TRUE(without.diagnostics.all().empty()) << test::rendered(without);
}

INSTANTIATE_TEST_SUITE_P(All, Page, testing::ValuesIn(all_codes().begin(), all_codes().end()),
                         [](const auto& code) { return std::string(code.param.id); });

TEST(Pages, NoneIsLeftOfACodeThatIsGone) {
  for (const auto& file : fs::directory_iterator(fs::path(FTS_SOURCE_DIR) / "docs/diagnostics")) {
    EXPECT_TRUE(find_code(file.path().stem().string())) << file.path();
  }
}

TEST(Pages, CodesAreUniqueAndTheirStagesAscend) {
  std::string_view last;
  for (const auto& code : all_codes()) {
    EXPECT_LT(last, code.id);
    last = code.id;
  }
}

}  // namespace
}  // namespace fts
