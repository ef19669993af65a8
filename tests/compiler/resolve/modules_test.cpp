// `use`: files beside the file, and the embedded modules.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compiling.hpp"

namespace fts {
namespace {

namespace fs = std::filesystem;

class Modules : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "inner");
    write("common.fts", "let head = \"classifier.**\"\nlet rate = 1e-3\n");
    write("inner/part.fts", "use \"../common.fts\" as c\nlet all_heads = c.head\n");
    write("loop.fts", "use \"main.fts\" as m\nlet x = 1\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::string check(const std::string& head, const std::string& thaw) {
    const std::string text = head + "\nschedule {\n max_epochs = 1\n phase a { thaw = " + thaw + " }\n}\n";
    write("main.fts", text);
    const auto result = test::compile_text(text, "minilm-classifier", {}, (folder_ / "main.fts").string());
    return result.diagnostics.has_errors() ? test::rendered(result)
                                           : std::to_string(result.plan->schedule.phases[0].thaw.size());
  }

  fs::path folder_ = fs::temp_directory_path() / ("fts_modules_" + std::to_string(getpid()));
};

TEST_F(Modules, BringTheirLets) { EXPECT_EQ(check("use \"common.fts\" as c", "c.head"), "2"); }
TEST_F(Modules, MayUseOthers) { EXPECT_EQ(check("use \"inner/part.fts\" as p", "p.all_heads"), "2"); }
TEST_F(Modules, MayNotLeaveTheFolder) {
  EXPECT_THAT(check("use \"../outside.fts\" as c", "c.head"), testing::HasSubstr("FTS0213"));
  EXPECT_THAT(check("use \"/etc/passwd\" as c", "c.head"), testing::HasSubstr("leaves the project's folder"));
}
TEST_F(Modules, ThatAreMissingAreReportedOnce) {
  const auto text = check("use \"nowhere.fts\" as c", "c.head");
  EXPECT_THAT(text, testing::AllOf(testing::HasSubstr("FTS0213"), testing::HasSubstr("1 error,")));
}
TEST_F(Modules, MayNotUseEachOtherInACircle) {
  EXPECT_THAT(check("use \"loop.fts\" as l", "all"), testing::HasSubstr("FTS0213"));
}
TEST_F(Modules, OfTheLibraryThatDoNotExistHaveANearestName) {
  EXPECT_THAT(check("use std.whispr as w", "all"), testing::HasSubstr("did you mean 'std.whisper'?"));
}

}  // namespace
}  // namespace fts
