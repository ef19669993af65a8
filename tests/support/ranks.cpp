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

using Variables = std::vector<std::pair<std::string, std::string>>;

struct Process {
  Variables variables;
  std::vector<std::string> through;  // what it is started through, as "ip netns exec host"
};

Process process_of(int rank, int size, const std::string& address, int port) {
  return {{{"FTS_RANKS_CHILD", "1"},
           {"RANK", std::to_string(rank)},
           {"LOCAL_RANK", std::to_string(rank)},
           {"WORLD_SIZE", std::to_string(size)},
           {"MASTER_ADDR", address},
           {"MASTER_PORT", std::to_string(port)},
           {"OMP_NUM_THREADS", "1"}},
          {}};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (const auto& s : strings) all.push_back(const_cast<char*>(s.c_str()));
  all.push_back(nullptr);
  return all;
}

pid_t spawn(const Process& process, const std::string& output) {
  auto command = process.through;
  command.push_back(std::filesystem::read_symlink("/proc/self/exe").string());
  command.push_back("--gtest_filter=" + test_name());
  std::vector<std::string> environment;
  for (char** v = environ; *v != nullptr; ++v) environment.emplace_back(*v);
  for (const auto& [name, value] : process.variables) environment.push_back(fmt::format("{}={}", name, value));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  EXPECT_EQ(posix_spawnp(&pid, command.front().c_str(), &actions, nullptr, pointers(command).data(),
                         pointers(environment).data()),
            0);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

// The exit status, or -signal; a process that is still there at the deadline is killed.
int wait_for(pid_t pid, std::chrono::steady_clock::time_point deadline, const std::function<void()>& meanwhile) {
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) kill(pid, SIGKILL);
    if (meanwhile) meanwhile();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<Outcome> launch(const std::vector<Process>& processes, int limit_s,
                            const std::function<void()>& meanwhile = {}) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("fts-ranks-{}", getpid());
  std::filesystem::create_directories(folder);
  const auto file_of = [&](std::size_t rank) { return (folder / std::to_string(rank)).string(); };
  std::vector<pid_t> pids;
  for (std::size_t rank = 0; rank < processes.size(); ++rank) pids.push_back(spawn(processes[rank], file_of(rank)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(limit_s);
  std::vector<Outcome> outcomes;
  for (std::size_t rank = 0; rank < processes.size(); ++rank) {
    Outcome outcome{wait_for(pids[rank], deadline, meanwhile), {}};
    std::stringstream text;
    text << std::ifstream(file_of(rank)).rdbuf();
    outcome.output = text.str();
    outcomes.push_back(std::move(outcome));
  }
  std::filesystem::remove_all(folder);
  return outcomes;
}

// As torchrun's agent does: the store is the launcher's, on a port that the system picks.
std::vector<Outcome> launch_with_store(int size, int limit_s) {
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  const c10d::TCPStore store("127.0.0.1", options);
  std::vector<Process> processes;
  for (int rank = 0; rank < size; ++rank) {
    processes.push_back(process_of(rank, size, "127.0.0.1", store.getPort()));
    processes.back().variables.emplace_back("TORCHELASTIC_USE_AGENT_STORE", "True");
  }
  return launch(processes, limit_s);
}

bool in_child() { return std::getenv("FTS_RANKS_CHILD") != nullptr; }

void run_body(const std::function<void(World&)>& body, const comm::Timeouts& timeouts) {
  auto world = World::from_env(timeouts);
  if (!world) {
    ADD_FAILURE() << world.error().text();
  } else {
    body(**world);
  }
}

// Two network namespaces and a link between them, as long as the object lives.
class TwoHosts {
 public:
  TwoHosts() {
    made_ =
        run(fmt::format("ip netns add {0} && ip netns add {1} && "
                        "ip -n {0} link add fts0 type veth peer name fts0 netns {1} && "
                        "ip -n {0} address add {2}/24 dev fts0 && ip -n {1} address add {3}/24 dev fts0 && "
                        "ip -n {0} link set lo up && ip -n {1} link set lo up && "
                        "ip -n {0} link set fts0 up && ip -n {1} link set fts0 up",
                        name(0), name(1), address(0), address(1)));
  }
  ~TwoHosts() { run(fmt::format("ip netns delete {}; ip netns delete {}", name(0), name(1))); }
  TwoHosts(const TwoHosts&) = delete;
  TwoHosts& operator=(const TwoHosts&) = delete;

  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string name(int host) const { return fmt::format("fts-{}-{}", getpid(), host); }
  [[nodiscard]] std::string address(int host) const { return fmt::format("10.78.0.{}", host + 1); }
  void cut() { EXPECT_TRUE(run(fmt::format("ip -n {} link set fts0 down", name(0)))); }

 private:
  static bool run(const std::string& commands) { return std::system(("(" + commands + ") 2>/dev/null").c_str()) == 0; }
  bool made_ = false;
};

constexpr const char* kCut = "FTS_RANKS_CUT";  // the file that a process makes to have the link cut

}  // namespace

std::vector<Outcome> outcomes(int size, const std::function<void(World&)>& body, int limit_s) {
  if (!in_child()) return launch_with_store(size, limit_s);
  run_body(body, {});
  return {};
}

std::vector<Outcome> outcomes_on_two_hosts(const std::function<void(World&)>& body, const comm::Timeouts& timeouts) {
  if (in_child()) {
    run_body(body, timeouts);
    return {};
  }
  TwoHosts hosts;
  if (!hosts.made()) return {};
  const auto cut = std::filesystem::temp_directory_path() / (hosts.name(0) + "-cut");
  std::vector<Process> processes;
  for (int rank = 0; rank < 2; ++rank) {
    auto& process = processes.emplace_back(process_of(rank, 2, hosts.address(0), 29500));
    process.variables.emplace_back(kCut, cut.string());
    process.through = {"ip", "netns", "exec", hosts.name(rank)};
  }
  return launch(processes, 60, [&] {
    if (std::filesystem::remove(cut)) hosts.cut();
  });
}

void cut_link() { std::ofstream(std::getenv(kCut)).put('\n'); }

void run(int size, const std::function<void(World&)>& body) {
  for (const auto& outcome : outcomes(size, body)) EXPECT_EQ(outcome.status, 0) << outcome.output;
}

}  // namespace fts::ranks
