// What ftsc's commands write over, and what they do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/driver/ftsc_run.hpp"
#include "tests/support/golden.hpp"

namespace fts::test {
namespace {

using testing::HasSubstr;

// A model, a schedule for it, a schedule of Python FTS, and notes that belong to nobody.
class Output : public testing::Test {
 protected:
  Output() {
    folder_.write("m.graph.json", read_test_file("data/graphs/minilm-classifier.graph.json"));
    folder_.write("a.fts",
                  "model { graph = \"m.graph.json\" }\nschedule {\n  monitor = val_loss\n"
                  "  optimizer = adamw { lr = 1e-3 }\n  phase a { thaw = all }\n}\n");
    folder_.write("s.yaml", "0:\n  params:\n  - classifier.*\n");
    folder_.write("notes.txt", "mine\n");
  }

  [[nodiscard]] Result here(const std::string& arguments) const {
    return shell("cd " + folder_.path("") + " && " + kFtsc + " " + arguments);
  }

  // The command refuses to write over the file, says so, and leaves it.
  void expect_refused(const std::string& arguments, const std::string& file, const std::string& words) const {
    const auto before = folder_.read(file);
    const auto r = here(arguments);
    EXPECT_EQ(r.status, 2) << arguments << "\n" << r.out;
    EXPECT_THAT(r.out, HasSubstr("ftsc: '")) << arguments;
    EXPECT_THAT(r.out, HasSubstr(words)) << arguments;
    EXPECT_EQ(folder_.read(file), before) << arguments;
  }

  Folder folder_;
};

TEST_F(Output, IsNeverAFileThatWasRead) {
  const std::string read = "is a file that was read";
  std::filesystem::create_symlink("a.fts", folder_.path("link.fts"));
  expect_refused("compile a.fts -o a.fts", "a.fts", read);
  expect_refused("compile a.fts -o ./link.fts", "a.fts", read);
  expect_refused("compile a.fts -o m.graph.json", "m.graph.json", read);
  expect_refused("compile - -m m.graph.json -o a.fts < a.fts", "a.fts", read);
  expect_refused("export a.fts --to fts-yaml --force -o a.fts", "a.fts", read);
  expect_refused("export a.fts --to fts-yaml --force -o s2.yaml --config m.graph.json", "m.graph.json", read);
  expect_refused("import s.yaml --force -o s.yaml", "s.yaml", read);
  expect_refused("import --config s.yaml --force -o s.yaml", "s.yaml", read);
  expect_refused("gen -m m.graph.json --force -o m.graph.json", "m.graph.json", read);
  expect_refused("init m.graph.json --force -o m.graph.json", "m.graph.json", read);
  EXPECT_FALSE(std::filesystem::exists(folder_.path("s2.yaml"))) << "one of two outputs";
}

TEST_F(Output, IsNoPartOfAFolderThatWasRead) {
  const std::string read = "is in a folder that was read";
  std::filesystem::create_directory(folder_.path("tb"));
  std::filesystem::copy_file(folder_.path("m.graph.json"), folder_.path("tb/model.graph.json"));
  folder_.write("tb/tokenizer.json", "{}\n");
  expect_refused("init tb --force -o tb/model.graph.json", "tb/model.graph.json", read);
  expect_refused("init tb --force -o tb/../tb/tokenizer.json", "tb/tokenizer.json", read);
  expect_refused("gen -m tb --force -o tb/model.graph.json", "tb/model.graph.json", read);
  EXPECT_EQ(here("init tb -o tb/tune.fts").status, 0);
  EXPECT_EQ(here("init tb --force -o tb/tune.fts").status, 0);
  EXPECT_EQ(here("compile tb/tune.fts").status, 0);
  EXPECT_EQ(here("compile tb/tune.fts").status, 0);
}

TEST_F(Output, IsNoFileThatAnInputNames) {
  const std::string read = "is a file that was read";
  folder_.write("c.yaml",
                "trainer: {callbacks: [{class_path: finetuning_scheduler.FinetuningScheduler, init_args: "
                "{ft_schedule: s.yaml}}]}\n");
  expect_refused("import --config c.yaml --force -o s.yaml", "s.yaml", read);
  folder_.write("c.json", "{\"num_attention_heads\": 12}\n");
  folder_.write("b.fts",
                "model { graph = \"m.graph.json\", config = \"c.json\" }\nschedule {\n  monitor = val_loss\n"
                "  optimizer = adamw { lr = 1e-3 }\n  phase a { thaw = all }\n}\n");
  expect_refused("export b.fts --to fts-yaml --force -o c.json", "c.json", read);
  expect_refused("export b.fts --to fts-yaml --force -o e.yaml --config c.json", "c.json", read);
}

TEST_F(Output, OfTwoIsNoSingleFile) {
  const std::string both = "is named for the schedule and for the configuration";
  expect_refused("export a.fts --to fts-yaml -o e.yaml --config e.yaml", "e.yaml", both);
  expect_refused("export a.fts --to fts-yaml --force -o notes.txt --config ./notes.txt", "notes.txt", both);
  EXPECT_FALSE(std::filesystem::exists(folder_.path("e.yaml")));
}

TEST_F(Output, ReplacesWhatIsThereOnlyByForce) {
  for (const std::string command :
       {"export a.fts --to fts-yaml", "import s.yaml", "gen -m m.graph.json", "init m.graph.json"}) {
    expect_refused(command + " -o notes.txt", "notes.txt", "'notes.txt' is there already; --force writes over it");
    folder_.write("old", "old\n");
    EXPECT_EQ(here(command + " --force -o old").status, 0) << command;
    EXPECT_NE(folder_.read("old"), "old\n") << command;
  }
  expect_refused("export a.fts --to fts-yaml --config notes.txt", "notes.txt", "is there already");
}

TEST_F(Output, OfCompileReplacesAPlanAndNothingElse) {
  EXPECT_EQ(here("compile a.fts").status, 0);
  const auto plan = folder_.read("a.ftsplan");
  folder_.write("a.ftsplan", plan.substr(0, 100));
  EXPECT_EQ(here("compile a.fts").status, 0);
  EXPECT_EQ(folder_.read("a.ftsplan"), plan);
  expect_refused("compile a.fts -o notes.txt", "notes.txt", "'notes.txt' is there already and is no plan");
}

TEST_F(Output, MayBeADeviceOrAnEmptyFile) {
  EXPECT_EQ(here("gen -m m.graph.json -o /dev/null").status, 0);
  folder_.write("empty", "");
  EXPECT_EQ(here("compile a.fts -o empty").status, 0);
  EXPECT_THAT(folder_.read("empty"), HasSubstr("fts-plan"));
}

}  // namespace
}  // namespace fts::test
