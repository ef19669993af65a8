// ftsc fmt: files, folders, stdin; what it writes and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/driver/ftsc_run.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/layouts.hpp"

namespace fts::test {
namespace {

using testing::HasSubstr;

constexpr const char* kLoose = "schedule{optimizer=AdamW{lr=1e-3},monitor=val_loss}\n";
constexpr const char* kCanonical = "schedule { optimizer = adamw { lr = 1e-3 }, monitor = val_loss }\n";

TEST(Fmt, BringsAFileIntoFormAndLeavesItsPermissions) {
  const Folder folder;
  const auto file = folder.write("a.fts", kLoose);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto r = ftsc("fmt " + file);
  EXPECT_EQ(r.status, 0) << r.out;
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(folder.read("a.fts"), kCanonical);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Fmt, FormatsStdinToStdout) {
  const Folder folder;
  const auto r = ftsc("fmt - < " + folder.write("a.fts", kLoose));
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.out, kCanonical);
}

TEST(Fmt, ChecksAFolderWithoutTouchingIt) {
  const Folder folder;
  folder.write("a.fts", kLoose);
  folder.write("b.fts", kCanonical);
  const auto r = ftsc("fmt --check " + folder.path(""));
  EXPECT_EQ(r.status, 1);
  EXPECT_EQ(r.out, folder.path("a.fts") + "\n");
  EXPECT_EQ(folder.read("a.fts"), kLoose);
}

TEST(Fmt, ShowsADifference) {
  const Folder folder;
  const auto file = folder.write("a.fts", kLoose);
  const auto r = ftsc("fmt --diff " + file);
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.out, "--- " + file + "\n+++ " + file + "\n@@ -1,1 +1,1 @@\n-" + kLoose + "+" + kCanonical);
  EXPECT_EQ(folder.read("a.fts"), kLoose);
}

TEST(Fmt, ReportsSyntaxErrorsAndFormatsAroundThem) {
  const Folder folder;
  const auto r = ftsc("fmt " + folder.write("a.fts", "a=1\nb = = 2\nc   =3\n"));
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.out, HasSubstr("FTS0107"));
  EXPECT_EQ(folder.read("a.fts"), "a = 1\nb = = 2\nc = 3\n");
}

TEST(Fmt, NeverRespellsANameThatTheFileDefines) {
  const Folder folder;
  const std::string text = "let SGD = adamw { lr = 1 }\nschedule { optimizer = SGD }\n";
  EXPECT_EQ(ftsc("fmt - < " + folder.write("a.fts", text)).out, text);
}

TEST(Fmt, SaysWhatItCannotReadOrWrite) {
  const auto missing = ftsc("fmt nowhere.fts");
  EXPECT_EQ(missing.status, 2);
  EXPECT_EQ(missing.out, "ftsc: there is no file 'nowhere.fts'\n");
}

TEST(Fmt, HoldsOfTheProjectsOwnFiles) {
  const auto r = ftsc("fmt --check ../../../stdlib ../../../examples");
  EXPECT_EQ(r.status, 0) << r.out;
}

// A file of the project's own, and the model that it is for; empty: the file says which.
struct Written {
  const char* file;
  const char* model;
};

TEST(Fmt, ChangesNoPlanOfTheProjectsOwnFiles) {
  for (const auto& [file, model] : {
           Written{"examples/minilm_sections/minilm.fts", ""},
           Written{"tests/data/check/sharded.fts", ""},
           Written{"tests/data/check/three_phases.fts", ""},
           Written{"tests/data/interop/native/minilm.fts", "tests/data/graphs/minilm-classifier.graph.json"},
           Written{"tests/data/interop/native/tiny_gpt2.fts", "tests/data/graphs/tiny-gpt2.graph.json"},
       }) {
    const std::string path = std::string(FTS_SOURCE_DIR "/") + file;
    const auto text = read_test_file("../" + std::string(file));
    expect_one_plan_in_every_layout(text, [&, model = std::string(model)](const std::string& layout) {
      return driver::run(
          {.file = path, .model = model.empty() ? "" : FTS_SOURCE_DIR "/" + model, .texts = {{path, layout}}});
    });
  }
}

}  // namespace
}  // namespace fts::test
