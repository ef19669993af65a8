// The pages of the diagnostics that text and tree decide: the wrong example has that fault and no other, the right one
// none.
#include <set>

#include <gtest/gtest.h>

#include "compiler/base/code.hpp"
#include "tests/compiler/ast/ast_probe.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

// The text of the fenced block of .fts under a heading; empty if there is none.
std::string example(const std::string& page, std::string_view heading) {
  const std::size_t section = page.find("\n## " + std::string(heading) + "\n");
  const std::size_t next = page.find("\n## ", section + 1);
  const std::size_t fence = page.find("```fts\n", section);
  if (section == std::string::npos || fence >= next) return {};
  const std::size_t begin = fence + 7;
  return page.substr(begin, page.find("```", begin) - begin);
}

std::set<Code> faults(const std::string& text) {
  std::set<Code> found;
  const Built built = build_text(text);
  for (const auto& d : built.diagnostics.all()) found.insert(d.code);
  return found;
}

class Page : public testing::TestWithParam<Code> {};

TEST_P(Page, shows_a_file_with_the_fault_and_one_without) {
  const auto& code = info(GetParam());
  const std::string page = read_test_file("../docs/diagnostics/" + std::string(code.id) + ".md");
  EXPECT_TRUE(page.starts_with("# " + std::string(code.id) + ": " + std::string(code.title) + "\n")) << page;
  EXPECT_EQ(faults(example(page, "Wrong")), std::set<Code>{code.code});
  EXPECT_NE(example(page, "Right"), "");
  EXPECT_EQ(faults(example(page, "Right")), std::set<Code>{});
}

std::string name_of(const testing::TestParamInfo<Code>& page) { return std::string(info(page.param).name); }

INSTANTIATE_TEST_SUITE_P(Pages, Page,
                         testing::Values(Code::syntax_error, Code::unclosed_string, Code::unclosed_regex,
                                         Code::unclosed_bracket, Code::stray_close, Code::item_not_ended,
                                         Code::missing_value, Code::nested_too_deeply, Code::bad_escape,
                                         Code::reserved_name, Code::mixed_body, Code::mixed_set_operators,
                                         Code::bad_constructor, Code::misplaced_item, Code::bad_number),
                         name_of);

TEST(Pages, of_too_many_faults_shows_them) {
  const std::string page = read_test_file("../docs/diagnostics/FTS0110.md");
  EXPECT_TRUE(faults(example(page, "Wrong")).contains(Code::too_many_syntax_errors));
  EXPECT_EQ(faults(example(page, "Right")), std::set<Code>{});
}

TEST(Pages, of_the_encoding_shows_bytes) {
  const std::string page = read_test_file("../docs/diagnostics/FTS0109.md");
  EXPECT_EQ(faults("# le r\xE9seau\n"), std::set<Code>{Code::bad_encoding});
  EXPECT_EQ(faults(example(page, "Right")), std::set<Code>{});
}

}  // namespace
}  // namespace fts::test
