// `use`: files beside the file, and the embedded modules.
#include <sys/stat.h>
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
TEST_F(Modules, BringTheirInputs) {
  write("common.fts", "input rate: float = 1e-3\nlet twice = 2 * rate\n");
  CompileOptions options;
  options.inputs = {{"rate", "0.25"}};
  const auto result = test::compile_text(
      "use \"common.fts\" as c\nschedule {\n max_epochs = 1\n optimizer = sgd { lr = c.twice }\n phase a { thaw = all "
      "}\n}\n",
      "minilm-classifier", options, (folder_ / "main.fts").string());
  ASSERT_TRUE(result.plan) << test::rendered(result);
  EXPECT_EQ(result.program->schedule->value("optimizer")->as<resolve::Spec>()->arguments.number("lr"), 0.5);
}
TEST_F(Modules, BringBodies) {
  write("common.fts", "let rules = { \"encoder.layer.*\" => {}, \"\" => {} }\nlet grid = { data = 2, tensor = 1 }\n");
  const auto result = test::compile_text(
      "use \"common.fts\" as c\nstrategy s {\n adapter = model_parallel\n mesh = c.grid\n fsdp_plan = c.rules\n}\n",
      "minilm-classifier", {}, (folder_ / "main.fts").string());
  EXPECT_EQ(test::rendered(result), "");
}
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
TEST_F(Modules, OfACircleAreNamedWithEachUse) {
  write("main.fts", "");
  EXPECT_THAT(check("use \"main.fts\" as m", "all"), testing::HasSubstr("'main.fts' uses itself"));
  const auto two = check("use \"loop.fts\" as l", "all");
  EXPECT_THAT(two, testing::AllOf(testing::HasSubstr("'loop.fts' uses 'main.fts', which uses it again"),
                                  testing::HasSubstr("'main.fts' uses 'loop.fts' here"),
                                  testing::HasSubstr("move what both want into a file that uses neither")));
}
TEST_F(Modules, MayNotFormACircleBehindTheMainFile) {
  write("b.fts", "use \"inner/c.fts\" as c\n");
  write("inner/c.fts", "use \"../b.fts\" as b\n");
  const auto text = check("use \"b.fts\" as b", "all");
  EXPECT_THAT(text,
              testing::AllOf(testing::HasSubstr("'inner/c.fts' uses 'b.fts', which uses it again"),
                             testing::HasSubstr("'b.fts' uses 'inner/c.fts' here"), testing::HasSubstr("1 error,")));
}
TEST_F(Modules, MayBeUsedByTwo) {
  write("a.fts", "use \"common.fts\" as c\nlet x = c.head\n");
  write("b.fts", "use \"common.fts\" as c\nlet x = c.head\n");
  EXPECT_EQ(check("use \"a.fts\" as a\nuse \"b.fts\" as b", "a.x | b.x"), "2");
}
TEST_F(Modules, AreRegularFiles) {
  ASSERT_EQ(mkfifo((folder_ / "pipe.fts").c_str(), 0600), 0);
  EXPECT_THAT(check("use \"pipe.fts\" as p", "all"), testing::HasSubstr("'pipe.fts' is no regular file"));
  EXPECT_THAT(check("use \"inner\" as i", "all"), testing::HasSubstr("'inner' is a folder"));
}
TEST_F(Modules, OfTheLibraryThatDoNotExistHaveANearestName) {
  EXPECT_THAT(check("use std.whispr as w", "all"), testing::HasSubstr("did you mean 'std.whisper'?"));
}

}  // namespace
}  // namespace fts
