// ftsrun: fine-tunes a TorchScript module or a model library under a schedule.
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <malloc.h>

#include "runtime/run/arguments.hpp"
#include "runtime/run/stop_signals.hpp"
#include "runtime/run/train.hpp"

namespace {

// A step's tensors are of the same sizes as the last one's. glibc gives the larger ones back to the system and gets
// them again, page by page, in every step, unless it is told to keep them.
void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that glibc takes
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_ARENA_MAX, 1);  // what one thread has freed, the others of a step can take
}

int report(const fts::RunArguments& arguments, const fts::Result& result) {
  if (arguments.dry_run) return 0;
  if (result.stopped) {
    const auto from = result.checkpoint.empty() ? std::string("; without --out there is no checkpoint")
                                                : fmt::format("; go on with --resume ({})", result.checkpoint);
    fmt::print(stderr, "ftsrun: {} in epoch {}, after step {}{}\n", result.reason, result.epochs, result.steps, from);
    return 128 + fts::stop_signal();
  }
  if (!arguments.out.empty()) fmt::print("{}/model.safetensors\n", arguments.out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = fts::parse_command_line(argc, argv);
  if (line.exit_status) return *line.exit_status;
  keep_freed_memory();
  if (!line.arguments.dry_run) fts::note_stop_signals();
  const auto result = fts::run_training(line.arguments);
  if (result) return report(line.arguments, *result);
  std::fputs(result.error().text().c_str(), stderr);
  return 1;
}
