// Processes that are killed, or whose disk is full, at a chosen place. A binary that links killing.cpp has its own
// open, write, fsync, mkdir, rename and unlinkat: those that touch a watched folder are counted, in every thread.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fts::test {

enum class Fault {
  none,
  killed,          // SIGKILL before the call
  killed_halfway,  // SIGKILL when half of a write is done; of other calls: after it
  disk_full,       // the call fails with ENOSPC, and so do those after it
};

// Watches the calls that write below `folder` from now on; the `at`-th from 1 meets the fault.
void watch_writes(const std::string& folder, Fault fault = Fault::none, std::int64_t at = 0);
// The calls since then, in order: "write model.safetensors", "fsync .unfinished-000001-epoch0". Thread-safe.
[[nodiscard]] std::vector<std::string> watched_writes();

// Runs `body` in a child process (this one must have no threads) and gives its wait status; what the body throws, and
// a false result, are exit status 1.
[[nodiscard]] int in_child(const std::function<bool()>& body);
[[nodiscard]] bool was_killed(int status);
[[nodiscard]] bool ended_well(int status);

}  // namespace fts::test
