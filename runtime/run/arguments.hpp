// ftsrun's command line.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/run/model.hpp"

namespace fts {

struct RunArguments {
  std::string schedule, model, data, val;

  std::string weights;
  std::vector<std::string> allow_missing, allow_unexpected;
  ModelArguments model_arguments;

  std::map<std::string, std::string> inputs;
  std::string strategy;
  std::optional<int> max_epochs;

  std::int64_t batch_size = 32;
  std::optional<std::int64_t> val_batch_size;
  bool shuffle = true;
  bool drop_last = false;
  std::optional<std::int64_t> rows;
  std::uint64_t seed = 0;

  std::string out;
  bool resume = false;
  std::string resume_from;
  std::string log, tensorboard, profile;
  int log_every_n_steps = 10;
  bool quiet = false;
  bool dry_run = false;
  int threads = 0;  // 0: LibTorch's own choice
};

// Reads the command line; otherwise help, the version or what is wrong has been printed, and this is the exit status.
struct CommandLine {
  RunArguments arguments;
  std::optional<int> exit_status;
};
[[nodiscard]] CommandLine parse_command_line(int argc, char** argv);

}  // namespace fts
