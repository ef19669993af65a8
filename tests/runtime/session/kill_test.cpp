// No run is lost: a process is killed at every call that writes a checkpoint, or finds its disk full there; what is
// resumed ends with the weights of a run that nothing happened to, bit for bit.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "runtime/checkpoint/folder.hpp"
#include "tests/runtime/support/killing.hpp"
#include "tests/runtime/support/training_loop.hpp"

namespace fts {
namespace {

using namespace fts::test;  // NOLINT: models, plans, loops and processes of the tests

struct At {
  Fault fault = Fault::none;
  std::int64_t call = 0;
};

// Trains in folder/run, from the last checkpoint there on; leaves folder/weights and folder/calls. False: it failed.
bool train_in(const std::string& folder, At at) {
  auto model = seeded_mlp(0.3);
  if (!checkpoint::list(folder + "/run").empty()) torch::manual_seed(12345);  // a resumed process begins with any
  auto plan = three_phases(*model);
  plan.schedule.settings["checkpoint"] = {{"every_n_steps", 3}};
  plan.schedule.phases[1].until = test::step(14);
  plan.schedule.max_epochs = 4;
  watch_writes(folder + "/run", at.fault, at.call);
  auto session =
      Session::open(*model, std::move(plan), quiet({.checkpoints = folder + "/run", .resume = folder + "/run"}));
  if (!session) throw std::runtime_error(session.error().text());
  train(*session, model);
  const auto result = session->result();
  const auto calls = watched_writes();
  watch_writes("");
  if (!result) return false;
  torch::save(weights(*model), folder + "/weights");
  std::ofstream out(folder + "/calls");
  for (const auto& call : calls) out << call << '\n';
  return true;
}

// A run that nothing happens to.
struct WholeRun {
  std::string folder = fresh_folder("whole");
  std::vector<std::string> calls;
  std::vector<torch::Tensor> weights;

  WholeRun() {
    EXPECT_TRUE(ended_well(in_child([&] { return train_in(folder, At()); })));
    std::ifstream in(folder + "/calls");
    for (std::string line; std::getline(in, line);) calls.push_back(line);
    weights = weights_of(folder);
  }
  static std::vector<torch::Tensor> weights_of(const std::string& folder) {
    std::vector<torch::Tensor> all;
    torch::load(all, folder + "/weights");
    return all;
  }
  // The number of the first call that has to do with the checkpoint of that number, from 1.
  [[nodiscard]] std::int64_t first_of(int checkpoint) const {
    const auto name = fmt::format("mkdir .unfinished-{:06}-", checkpoint);
    const auto it = std::find_if(calls.begin(), calls.end(), [&](const auto& c) { return c.starts_with(name); });
    return it - calls.begin() + 1;
  }
};

const WholeRun& whole() {
  static const WholeRun run;
  return run;
}

class AtEveryCallOfASave : public testing::TestWithParam<Fault> {};

TEST_P(AtEveryCallOfASave, NoRunIsLost) {
  std::vector<std::int64_t> places;
  for (std::int64_t call = 1; call < whole().first_of(2); ++call) places.push_back(call);
  for (std::int64_t call = whole().first_of(4); call < whole().first_of(6); ++call) places.push_back(call);
  ASSERT_GT(places.size(), 60U);
  for (const auto call : places) {
    const auto folder = fresh_folder("killed");
    const auto what = fmt::format("call {}: {}", call, whole().calls[static_cast<std::size_t>(call) - 1]);
    const int status = in_child([&] { return train_in(folder, {GetParam(), call}); });
    ASSERT_TRUE(GetParam() == Fault::disk_full ? !ended_well(status) && !was_killed(status) : was_killed(status))
        << what;
    ASSERT_TRUE(ended_well(in_child([&] { return train_in(folder, {}); }))) << what;
    ASSERT_TRUE(same(WholeRun::weights_of(folder), whole().weights)) << what;
    ASSERT_EQ(checkpoint::list(folder + "/run"), checkpoint::list(whole().folder + "/run")) << what;
  }
}

std::string name_of(const testing::TestParamInfo<Fault>& fault) {
  if (fault.param == Fault::disk_full) return "DiskFull";
  return fault.param == Fault::killed ? "Killed" : "KilledHalfway";
}

INSTANTIATE_TEST_SUITE_P(Kill, AtEveryCallOfASave,
                         testing::Values(Fault::killed, Fault::killed_halfway, Fault::disk_full), name_of);

// What a crash of the machine must not undo: every file is synced before the manifest is written, the folder before
// it gets its name, and the name after that.
TEST(Save, SyncsBeforeItNames) {
  const auto& calls = whole().calls;
  std::vector<std::string> save(calls.begin() + whole().first_of(4) - 1, calls.begin() + whole().first_of(5) - 1);
  std::erase_if(save, [](const auto& call) { return call.starts_with("write") || call.starts_with("unlink"); });
  save.resize(14);
  const auto name = save.front().substr(6);
  EXPECT_THAT(save,
              testing::ElementsAre("mkdir " + name, "open model.safetensors", "fsync model.safetensors",
                                   "open optimizer.safetensors", "fsync optimizer.safetensors", "open plan.ftsplan",
                                   "fsync plan.ftsplan", "open state.json", "fsync state.json", "open manifest.json",
                                   "fsync manifest.json", "fsync " + name, "rename " + name, "fsync run"));
}

}  // namespace
}  // namespace fts
