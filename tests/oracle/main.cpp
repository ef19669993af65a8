// fts-oracle DIR…: replays recorded runs of the Python Fine-Tuning Scheduler under `compat = fts` and compares. A line
// a case, then "N passed, N failed"; exit 0 if all passed, 1 if not, 2 for wrong use.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <torch/utils.h>
#include <unistd.h>

#include "tests/oracle/verdict.hpp"

namespace {

std::string scratch_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "fts-oracle-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  return pattern;
}

bool run(const std::string& path) {
  std::string line;
  bool passed = false;
  const auto folder = scratch_folder();
  try {
    const auto verdict = fts::oracle::judge(path, folder);
    passed = verdict.differences.empty();
    line = fmt::format("{} {}{}", passed ? "passed" : "FAILED", verdict.id,
                       verdict.remark.empty() ? "" : " (" + verdict.remark + ")");
    for (std::size_t i = 0; i < verdict.differences.size() && i < 8; ++i) line += "\n    " + verdict.differences[i];
    if (verdict.differences.size() > 8) line += fmt::format("\n    and {} more", verdict.differences.size() - 8);
  } catch (const std::exception& e) {
    line = fmt::format("FAILED {}\n    {}", path, e.what());
  }
  std::filesystem::remove_all(folder);
  fmt::print("{}\n", line);
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: fts-oracle DIR…\n");
    return 2;
  }
  at::set_num_threads(1);
  int passed = 0;
  int failed = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<std::string> cases;
    try {
      cases = fts::oracle::cases_in(argv[i]);
    } catch (const std::exception& e) {
      fmt::print(stderr, "fts-oracle: {}\n", e.what());
      return 2;
    }
    for (const auto& path : cases) ++(run(path) ? passed : failed);
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
