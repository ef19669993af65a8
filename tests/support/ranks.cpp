#include "tests/support/ranks.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace fts::ranks {

namespace {

std::string test_name() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("{}.{}", info->test_suite_name(), info->name());
}

std::vector<std::string> environment_of(int rank, int size, int port) {
  std::vector<std::string> variables;
  for (char** v = environ; *v != nullptr; ++v) variables.emplace_back(*v);
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"FTS_RANKS_CHILD", "1"},
                                                        {"RANK", std::to_string(rank)},
                                                        {"LOCAL_RANK", std::to_string(rank)},
                                                        {"WORLD_SIZE", std::to_string(size)},
                                                        {"MASTER_ADDR", "127.0.0.1"},
                                                        {"MASTER_PORT", std::to_string(port)},
                                                        {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                                        {"OMP_NUM_THREADS", "1"}})
    variables.push_back(fmt::format("{}={}", name, value));
  return variables;
}

pid_t spawn(const std::vector<std::string>& environment, const std::string& output) {
  const std::string filter = "--gtest_filter=" + test_name();
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<char*> arguments{const_cast<char*>(self.c_str()), const_cast<char*>(filter.c_str()), nullptr};
  std::vector<char*> variables;
  for (const auto& v : environment) variables.push_back(const_cast<char*>(v.c_str()));
  variables.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, self.c_str(), &actions, nullptr, arguments.data(), variables.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

// The exit status, or -signal; a process that is still there at the deadline is killed.
int wait_for(pid_t pid, std::chrono::steady_clock::time_point deadline) {
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<Outcome> launch(int size, int limit_s) {
  // As torchrun's agent does: the store is the launcher's, on a port that the system picks.
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  const c10d::TCPStore store("127.0.0.1", options);
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("fts-ranks-{}", getpid());
  std::filesystem::create_directories(folder);
  const auto file_of = [&](int rank) { return (folder / std::to_string(rank)).string(); };
  std::vector<pid_t> pids;
  for (int rank = 0; rank < size; ++rank)
    pids.push_back(spawn(environment_of(rank, size, store.getPort()), file_of(rank)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(limit_s);
  std::vector<Outcome> outcomes;
  for (int rank = 0; rank < size; ++rank) {
    Outcome outcome{wait_for(pids[static_cast<std::size_t>(rank)], deadline), {}};
    std::stringstream text;
    text << std::ifstream(file_of(rank)).rdbuf();
    outcome.output = text.str();
    outcomes.push_back(std::move(outcome));
  }
  std::filesystem::remove_all(folder);
  return outcomes;
}

}  // namespace

std::vector<Outcome> outcomes(int size, const std::function<void(World&)>& body, int limit_s) {
  if (std::getenv("FTS_RANKS_CHILD") == nullptr) return launch(size, limit_s);
  auto world = World::from_env();
  if (!world) {
    ADD_FAILURE() << world.error().text();
  } else {
    body(**world);
  }
  return {};
}

void run(int size, const std::function<void(World&)>& body) {
  for (const auto& outcome : outcomes(size, body)) EXPECT_EQ(outcome.status, 0) << outcome.output;
}

}  // namespace fts::ranks
