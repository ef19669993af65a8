// Optimizer, groups and rates of a run, phase by phase.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/plan/plan.hpp"
#include "runtime/adapters/adapter.hpp"
#include "runtime/optim/lr/scheduler.hpp"
#include "runtime/optim/optimizer.hpp"

namespace fts::session {

class Training {
 public:
  explicit Training(Adapter& adapter) : adapter_(&adapter) {}

  // Every optimizer, scheduler and argument of a schedule that the runtime lacks (FTS1002), all at once.
  [[nodiscard]] static tl::expected<void, Error> check(const plan::Schedule& schedule);

  // A phase begins. Its groups join the optimizer, each at the beginning of the schedule. A new optimizer takes over
  // the groups there are, with its own rate and arguments (a weight decay of nought stays). A new scheduler begins for
  // all groups at their initial rates, or as `use_current_optimizer_pg_lrs` and `init_pg_lrs` say. check() has passed.
  void enter(const plan::Phase& phase);

  [[nodiscard]] optim::Optimizer& optimizer() { return *optimizer_; }
  [[nodiscard]] const optim::Optimizer& optimizer() const { return *optimizer_; }
  // The first group that the present phase added (the first of all if it added none).
  [[nodiscard]] const optim::Group& phase_group() const { return optimizer_->groups()[phase_group_]; }

  // The scheduler's step, if one is due after `count` epochs or steps. `metric` is that of its `monitor`.
  void step_schedule(optim::Pace::Interval interval, std::int64_t count, double metric);
  // The metric that the scheduler watches; empty: none.
  [[nodiscard]] std::string monitor() const { return schedule_ ? schedule_->pace.monitor : std::string(); }

  // Groups with their rates, and the scheduler. restore() wants the groups that state() saw and else says what differs.
  [[nodiscard]] nlohmann::json state() const;
  [[nodiscard]] tl::expected<void, std::string> restore(const nlohmann::json& state);

 private:
  void take_over(std::unique_ptr<optim::Optimizer> optimizer);
  void begin_schedule(optim::Schedule schedule);
  void add_groups(const plan::Phase& phase);

  Adapter* adapter_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::optional<optim::Schedule> schedule_;
  std::size_t phase_group_ = 0;
};

}  // namespace fts::session
