// What a run tells while it goes. Observers only look: none can change or stop a run.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.hpp"

namespace fts {

using Metrics = std::map<std::string, double, std::less<>>;

struct PhaseInfo {
  int depth = 0;
  std::string name;
};

// Once, before the first epoch.
struct PlanEvent {
  std::string model;
  std::vector<std::string> phases;
  int depth = 0;                       // the phase that the run begins with
  std::int64_t trained = 0;            // elements of the parameters that train then
  std::int64_t total = 0;              // elements of all parameters
  std::optional<std::string> resumed;  // the checkpoint that the run continues
};

// After every optimizer step.
struct StepEvent {
  PhaseInfo phase;
  std::int64_t epoch = 0;
  std::int64_t step = 0;         // optimizer steps of the run so far
  std::int64_t batch = 0;        // batches of the epoch so far
  double lr = 0;                 // of the phase's own first group, as the step used it
  std::function<double()> loss;  // of the step's last batch; reading it may wait for a device
};

// After the program has reported an epoch's metrics.
struct EpochEvent {
  PhaseInfo phase;
  std::int64_t epoch = 0;
  std::int64_t step = 0;
  std::int64_t batches = 0;  // that the epoch had
  double loss = 0;           // mean over its batches
  Metrics metrics;
  bool best = false;  // the phase's best so far
  struct Rate {
    std::string group;
    double lr;
  };
  std::vector<Rate> rates;  // of every group, as the epoch's last step used them
};

struct MoveEvent {
  PhaseInfo from;
  PhaseInfo to;
  std::int64_t epoch = 0;  // that starts, or in which the move happens
  std::int64_t step = 0;
  std::string reason;
  std::optional<std::int64_t> restored;  // the epoch whose end was gone back to
  std::int64_t trained = 0;
  std::int64_t total = 0;
};

// A checkpoint is on the disk, whole; it may have been taken some steps before.
struct CheckpointEvent {
  std::string path;
};

struct EndEvent {
  std::string reason;  // or the first error's message
  bool failed = false;
  std::int64_t epochs = 0;
  std::int64_t step = 0;
  std::optional<std::int64_t> restored;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_plan(const PlanEvent&) {}
  virtual void on_step(const StepEvent&) {}
  virtual void on_epoch(const EpochEvent&) {}
  virtual void on_phase_move(const MoveEvent&) {}
  virtual void on_checkpoint(const CheckpointEvent&) {}
  virtual void on_warning(const Diagnostic&) {}
  virtual void on_end(const EndEvent&) {}
};

// Seconds from some fixed moment; observers take it so that tests need not wait.
using Clock = std::function<double()>;
[[nodiscard]] Clock steady_clock();

}  // namespace fts
