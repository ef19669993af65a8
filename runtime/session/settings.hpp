// The schedule's settings as the runtime reads them out of a plan.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace fts::session {

struct Settings {
  std::optional<double> clip;   // gradient_clip_val
  bool clip_by_value = false;   // gradient_clip_algorithm = value
  std::int64_t accumulate = 1;  // batches a step
  bool frozen_bn_track_running_stats = true;
  bool restore_best = true;
  std::optional<std::string> best_metric;  // what says which checkpoint is the best; none: nothing is
  bool best_maximize = false;
  std::int64_t save_top_k = 1;  // best checkpoints kept of each phase; -1: all
  bool save_last = true;
  std::int64_t every_n_epochs = 1;
  std::int64_t every_n_steps = 0;  // 0: only at the ends of epochs
};

// FTS1002: a setting that the runtime does not carry out.
[[nodiscard]] tl::expected<Settings, Error> read_settings(const plan::Schedule& schedule);

}  // namespace fts::session
