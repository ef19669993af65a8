// MiniLM under three phases, 60 steps, killed at random moments (FTS_KILLS of them): each resumed run ends with the
// weights of the run that was let alone, bit for bit.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <fts/session.hpp>
#include <fts/weights.hpp>
#include <gtest/gtest.h>
#include <sys/statvfs.h>
#include <torch/torch.h>
#include <unistd.h>

#include "compiler/plan/checkpoint_files.hpp"
#include "examples/minilm_sections/bert.hpp"
#include "tests/runtime/support/killing.hpp"

namespace {

using namespace std::chrono;

constexpr int kEpochs = 6;
constexpr int kBatches = 10;
constexpr auto kSchedule = R"(use std.bert as bert
schedule {
  monitor    = val_loss { patience = 9 }
  optimizer  = adamw { lr = 1e-2, weight_decay = 0.01 }
  no_decay   = "**.bias"
  max_epochs = 6
  checkpoint { every_n_steps = 7 }
  phase head  { thaw = "classifier.**",     until = epoch(2) }
  phase top   { thaw = bert.layers[-2..-1], lr = 2e-4, until = epoch(4) }
  phase whole { thaw = rest - "pooler.**",  lr = 1e-4 }
}
)";

// Where gigabytes can be written fast: SIGKILL loses no memory of the kernel, so a disk would show the same.
std::filesystem::path roomy_folder() {
  struct statvfs shm {};
  const bool large = ::statvfs("/dev/shm", &shm) == 0 && shm.f_bavail * shm.f_frsize > (std::uint64_t{3} << 30);
  const auto base = large ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
  return base / ("fts-minilm-kill-" + std::to_string(::getpid()));
}

// Gone at the end of the test, however it ends.
struct Folder {
  std::filesystem::path path = roomy_folder();
  ~Folder() { std::filesystem::remove_all(path); }
};

int kills() {
  const char* wanted = std::getenv("FTS_KILLS");
  return wanted == nullptr ? 3 : std::atoi(wanted);
}

// When the process dies: in step `step`, or the one after, at a fraction of the time that the step before took.
struct Death {
  int step = -1;
  double fraction = 0;
};

struct Batch {
  torch::Tensor ids, labels;
};

std::vector<Batch> batches() {
  auto generator = at::detail::createCPUGenerator(3);
  std::vector<Batch> all;
  for (int i = 0; i < kBatches; ++i)
    all.push_back({torch::randint(1000, 20000, {4, 12}, generator, torch::kLong),
                   torch::randint(0, 8, {4}, generator, torch::kLong)});
  return all;
}

class Program {
 public:
  Program(std::filesystem::path folder, const minilm::SectionClassifier& pretrained)
      : folder_(std::move(folder)), model_(pretrained), data_(batches()) {
    std::ofstream(folder_ / "schedule.fts") << kSchedule;
  }

  // Trains from the last checkpoint on; the final weights go to folder/final.
  bool run(Death death) {
    const auto run_folder = (folder_ / "run").string();
    torch::manual_seed(fts::checkpoint::list(run_folder).empty() ? 7 : 12345);  // a resumed process begins with any
    auto session = fts::Session::open(*model_, (folder_ / "schedule.fts").string(),
                                      {.checkpoints = run_folder, .resume = run_folder, .progress = false});
    if (!session) throw std::runtime_error(session.error().text());
    for (auto& epoch : session->epochs()) {
      int batch = static_cast<int>(epoch.start_step());
      for (const auto& data : epoch.shard(data_)) {
        die_at(death, static_cast<int>(epoch.index()) * kBatches + batch++);
        model_->train();
        session->step(torch::cross_entropy_loss(model_(data.ids, torch::ones_like(data.ids)), data.labels));
      }
      epoch.finish({{"val_loss", 1.0 / static_cast<double>(1 + epoch.index() % 2)}});
    }
    if (const auto result = session->result(); !result) throw std::runtime_error(result.error().text());
    torch::save(model_->parameters(), (folder_ / "final").string());
    return true;
  }

 private:
  void die_at(Death death, int step) {
    const auto now = steady_clock::now();
    if (step == death.step) {
      const auto delay = duration_cast<nanoseconds>((now - began_) * death.fraction);
      std::thread([delay] {
        std::this_thread::sleep_for(delay);
        ::kill(::getpid(), SIGKILL);
      }).detach();
    }
    began_ = now;
  }

  std::filesystem::path folder_;
  minilm::SectionClassifier model_;
  std::vector<Batch> data_;
  steady_clock::time_point began_ = steady_clock::now();
};

std::vector<torch::Tensor> final_weights(const std::filesystem::path& folder) {
  std::vector<torch::Tensor> all;
  torch::load(all, (folder / "final").string());
  return all;
}

TEST(MinilmKilled, at_random_moments_ends_as_if_it_had_not_been) {
  torch::manual_seed(1);
  minilm::SectionClassifier pretrained(8);
  const auto loaded =
      fts::load_weights(*pretrained, std::string(FTS_MINILM) + "/model.safetensors",
                        {.allow_missing = {"classifier.*"}, .allow_unexpected = {"embeddings.position_ids"}});
  ASSERT_TRUE(loaded) << loaded.error().text();

  const Folder place;
  const auto& base = place.path;
  const auto run = [&](const std::filesystem::path& folder, Death death) {
    std::filesystem::create_directories(folder);
    return fts::test::in_child([&] { return Program(folder, pretrained).run(death); });
  };
  ASSERT_TRUE(fts::test::ended_well(run(base / "whole", {})));
  const auto expected = final_weights(base / "whole");
  std::filesystem::remove_all(base / "whole");

  std::mt19937 random(2026);
  for (int kill = 0; kill < kills(); ++kill) {
    const Death death{std::uniform_int_distribution(0, kEpochs * kBatches - 3)(random),
                      std::uniform_real_distribution(0.0, 1.5)(random)};
    const auto folder = base / "killed";
    ASSERT_TRUE(fts::test::was_killed(run(folder, death))) << "kill " << kill << " in step " << death.step;
    ASSERT_TRUE(fts::test::ended_well(run(folder, {}))) << "kill " << kill << " in step " << death.step;
    const auto weights = final_weights(folder);
    ASSERT_EQ(weights.size(), expected.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      ASSERT_TRUE(torch::equal(weights[i], expected[i])) << "kill " << kill << " in step " << death.step;
    std::filesystem::remove_all(folder);
  }
}

}  // namespace
