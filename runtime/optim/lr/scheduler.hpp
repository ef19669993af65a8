// Learning-rate schedulers: PyTorch's chainable forms (torch/optim/lr_scheduler.py, `get_lr`) in the same double
// arithmetic and the same order of operations. No tensor in here: a scheduler turns one rate into the next.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/plan/plan.hpp"

namespace fts::optim {

// The rate of one parameter group, as a scheduler sees it.
struct Rate {
  double lr = 0;              // what the next optimizer step uses
  double initial_lr = 0;      // what the group began with (an entry of PyTorch's `base_lrs`)
  std::int64_t position = 0;  // PyTorch's `last_epoch`, counted from where this group joined the scheduler
  friend bool operator==(const Rate&, const Rate&) = default;
};

class LrScheduler {
 public:
  virtual ~LrScheduler() = default;

  // A group joins: position 0, and the rate that PyTorch's constructor would set.
  void join(Rate& rate) const;
  // One step of the schedule for every group, each at its own position. `metric` is for schedulers that watch one.
  virtual void step(std::span<Rate* const> rates, double metric);

  // What a scheduler remembers beside the rates; none of the closed forms does.
  [[nodiscard]] virtual nlohmann::json state() const { return nlohmann::json::object(); }
  virtual void restore(const nlohmann::json&) {}

 protected:
  // get_lr() of the constructor's initial step.
  [[nodiscard]] virtual double first(const Rate& rate) const { return rate.lr; }
  // get_lr() after `position` has been advanced.
  [[nodiscard]] virtual double next(const Rate& rate) const = 0;
};

// When a scheduler steps (Lightning's lr_scheduler_config).
struct Pace {
  enum class Interval { epoch, step };
  Interval interval = Interval::epoch;
  std::int64_t frequency = 1;
  std::string monitor;                        // empty: none
  bool use_current_optimizer_pg_lrs = false;  // a new scheduler begins with the present rates, not the initial ones
  std::vector<double> init_pg_lrs;            // or with these, one a group; empty: none
  // `count` epochs or steps have been done.
  [[nodiscard]] bool due(Interval now, std::int64_t count) const { return now == interval && count % frequency == 0; }
};

struct Schedule {
  plan::Spec spec;
  Pace pace;
  std::unique_ptr<LrScheduler> scheduler;
};

// The scheduler of a plan, or FTS1002: a name or an argument that the runtime does not have.
[[nodiscard]] tl::expected<Schedule, Error> make_schedule(const plan::Spec& spec);

}  // namespace fts::optim
