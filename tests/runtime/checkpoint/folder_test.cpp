#include "runtime/checkpoint/folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <array>
#include <barrier>
#include <filesystem>
#include <fstream>
#include <future>

#include "tests/runtime/support/tiny_models.hpp"

namespace fts::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

Content sample() {
  torch::manual_seed(1);
  return {"{\"version\":1}\n",
          {{"epoch", 3}},
          {{"fc.weight", torch::randn({300, 300})}},
          {{"fc.weight.exp_avg", torch::randn({300, 300})}}};
}

std::string bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

TEST(Checkpoint, ComesBackAsItWasSaved) {
  const auto folder = test::fresh_folder("checkpoint") + "/run";
  const auto name = make_name(12, "epoch3");
  EXPECT_EQ(name, "000012-epoch3");
  const auto saved = save(folder, name, sample());
  ASSERT_TRUE(saved) << saved.error().text();
  const auto loaded = load(folder + "/" + name);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->plan, sample().plan);
  EXPECT_EQ(loaded->state, sample().state);
  EXPECT_TRUE(torch::equal(loaded->model.find("fc.weight")->read(), sample().model[0].tensor));
  EXPECT_NE(loaded->optimizer.find("fc.weight.exp_avg"), nullptr);
}

// Kill safety in its simple form: whatever a file lost or changed, the checkpoint is refused and the file is named.
TEST(Checkpoint, IsRefusedWithAnyFileTruncatedOrChanged) {
  const auto folder = test::fresh_folder("checkpoint");
  ASSERT_TRUE(save(folder, "000001-epoch0", sample()));
  for (const char* name :
       {"plan.ftsplan", "state.json", "model.safetensors", "optimizer.safetensors", "manifest.json"}) {
    const auto path = fs::path(folder) / "000001-epoch0" / name;
    const auto whole = bytes(path);
    for (const std::size_t size : {std::size_t{0}, whole.size() / 2, whole.size() - 2}) {
      put(path, whole.substr(0, size));
      const auto loaded = load(folder + "/000001-epoch0");
      ASSERT_FALSE(loaded) << name << " of " << size;
      EXPECT_THAT(loaded.error().text(), HasSubstr(path.string())) << size;
      EXPECT_THAT(loaded.error().text(), HasSubstr("byte")) << name << " of " << size;
    }
    auto changed = whole;
    changed[whole.size() / 2] = changed[whole.size() / 2] == '7' ? '8' : '7';
    put(path, changed);
    EXPECT_THAT(load(folder + "/000001-epoch0").error().text(), HasSubstr(path.string()));
    fs::remove(path);
    EXPECT_THAT(load(folder + "/000001-epoch0").error().text(), HasSubstr(path.string()));
    put(path, whole);
    EXPECT_TRUE(load(folder + "/000001-epoch0")) << name;
  }
}

// Two threads in place of two processes: all they share is what they say.
class Meeting {
 public:
  std::vector<std::string> operator()(int rank, const std::string& text) {
    said_[static_cast<std::size_t>(rank)] = text;
    here_.arrive_and_wait();
    auto all = said_;
    here_.arrive_and_wait();
    return all;
  }

 private:
  std::vector<std::string> said_ = std::vector<std::string>(2);
  std::barrier<> here_{2};
};

std::array<tl::expected<void, Error>, 2> save_by_two(const std::string& folder,
                                                     const std::array<Content, 2>& contents) {
  Meeting meeting;
  const auto save_one = [&](int rank) {
    return save(folder, "000001-epoch0", contents[static_cast<std::size_t>(rank)],
                {rank, 2, [&, rank](const std::string& text) { return meeting(rank, text); }});
  };
  auto second = std::async(std::launch::async, save_one, 1);
  auto first = save_one(0);
  return {std::move(first), second.get()};
}

TEST(Checkpoint, OfTwoWritersIsOne) {
  const auto folder = test::fresh_folder("two") + "/run";
  auto other = sample();
  other.model.front().name = "fc.bias";
  other.optimizer.clear();
  for (const auto& saved : save_by_two(folder, {sample(), other})) ASSERT_TRUE(saved) << saved.error().text();
  const auto loaded = load(folder + "/000001-epoch0");
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->model.all().size(), 2U);
  EXPECT_TRUE(torch::equal(loaded->model.find("fc.bias")->read(), other.model.front().tensor));
  EXPECT_EQ(loaded->optimizer.all().size(), 1U);
  const auto index = nlohmann::json::parse(bytes(folder + "/000001-epoch0/model.safetensors.index.json"));
  EXPECT_EQ(index["weight_map"]["fc.bias"], "model-00002-of-00002.safetensors");
  fs::remove(folder + "/000001-epoch0/model-00002-of-00002.safetensors");
  EXPECT_THAT(load(folder + "/000001-epoch0").error().text(), HasSubstr("model-00002-of-00002.safetensors"));
}

TEST(Checkpoint, ThatOneOfTwoCannotWriteIsNone) {
  const auto folder = test::fresh_folder("two") + "/run";
  auto broken = sample();
  broken.model.front().tensor = torch::empty({2}, torch::kMeta);  // which has nothing to write
  const auto saved = save_by_two(folder, {sample(), broken});
  EXPECT_THAT(saved[0].error().text(), HasSubstr("rank 1: "));
  EXPECT_FALSE(saved[1]);
  EXPECT_TRUE(list(folder).empty());
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST(Checkpoint, TheWholeMessageOfATruncatedOne) {
  const auto folder = test::fresh_folder("checkpoint");
  ASSERT_TRUE(save(folder, "000001-epoch0", sample()));
  const auto path = folder + "/000001-epoch0";
  put(path + "/state.json", "{");
  EXPECT_EQ(load(path).error().text(), "error[FTS1101]: the checkpoint '" + path + "' cannot be used: '" + path +
                                           "/state.json' ends at byte 1; it was written with 16\n"
                                           "  help: remove its folder to continue from the one before it\n");
}

TEST(Checkpoints, AreListedInTheirOrderAndOnlyWhenWhole) {
  const auto folder = test::fresh_folder("checkpoint");
  EXPECT_EQ(next_sequence(folder), 1U);
  for (const char* name : {"000010-step7", "000009-epoch1", "000011-epoch2"}) ASSERT_TRUE(save(folder, name, sample()));
  fs::create_directory(folder + "/000012-epoch3");              // no manifest
  fs::create_directory(folder + "/.unfinished-000013-epoch4");  // a killed run's
  put(folder + "/notes.txt", "x");
  EXPECT_THAT(list(folder), ElementsAre("000009-epoch1", "000010-step7", "000011-epoch2"));
  EXPECT_EQ(next_sequence(folder), 12U);
  clean(folder);
  EXPECT_FALSE(fs::exists(folder + "/.unfinished-000013-epoch4"));
  remove(folder, "000010-step7");
  EXPECT_THAT(list(folder), ElementsAre("000009-epoch1", "000011-epoch2"));
  EXPECT_FALSE(fs::exists(folder + "/000010-step7"));
}

TEST(Checkpoints, InProgressAreNoCheckpointsEvenByTheirOwnPath) {
  const auto folder = test::fresh_folder("checkpoint");
  ASSERT_TRUE(save(folder, "000001-epoch0", sample()));
  fs::rename(folder + "/000001-epoch0", folder + "/.unfinished-000001-epoch0");
  EXPECT_FALSE(is_checkpoint(folder + "/.unfinished-000001-epoch0"));
  EXPECT_THAT(find(folder).error().text(), HasSubstr("there is no checkpoint in '"));
  EXPECT_THAT(find(folder + "/.unfinished-000001-epoch0").error().text(), HasSubstr("there is no checkpoint in '"));
}

TEST(Checkpoint, IsFoundByItsFolderWithASlashOrWithout) {
  const auto folder = test::fresh_folder("checkpoint");
  for (const char* name : {"000001-epoch0", "000002-epoch1"}) ASSERT_TRUE(save(folder, name, sample()));
  for (const auto& path : {folder, folder + "/", folder + "/000002-epoch1", folder + "/000002-epoch1//"})
    EXPECT_EQ(find(path).value(), folder + "/000002-epoch1") << path;
}

TEST(Checkpoint, SaysWhyItCouldNotBeSaved) {
  const auto folder = test::fresh_folder("checkpoint");
  put(folder + "/file", "x");
  const auto saved = save(folder + "/file", "000001-epoch0", sample());
  EXPECT_THAT(saved.error().text(), HasSubstr("error[FTS1103]: the checkpoint '000001-epoch0' was not saved: '"));
  EXPECT_TRUE(list(folder + "/file").empty());
}

}  // namespace
}  // namespace fts::checkpoint
