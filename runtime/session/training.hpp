// Optimizer, groups and rates of a run, phase by phase. Two sets of rules: the project's own (native_training.cpp), and
// those of the Python Fine-Tuning Scheduler under `compat = fts` (fts_training.cpp).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/plan/plan.hpp"
#include "compiler/rates/scheduler.hpp"
#include "runtime/adapters/adapter.hpp"
#include "runtime/optim/optimizer.hpp"
#include "runtime/session/own.hpp"

namespace fts::session {

class Training {
 public:
  virtual ~Training() = default;
  // The rules that the schedule asks for. check() has passed; everything referred to outlives the training.
  [[nodiscard]] static std::unique_ptr<Training> make(const plan::Schedule& schedule, Adapter& adapter, Own own);
  // Every optimizer, scheduler and argument of a schedule that the runtime lacks (FTS1002), all at once.
  [[nodiscard]] static tl::expected<void, Error> check(const plan::Schedule& schedule, const Own& own);

  // A phase begins: its groups join the optimizer, a new optimizer or scheduler takes over.
  virtual void enter(const plan::Phase& phase) = 0;
  // A move begins, before anything is brought back.
  virtual void leave() {}
  // Back to the best of a phase: what state() and the optimizer's state were then. On a misfit nothing has changed.
  [[nodiscard]] virtual tl::expected<void, std::string> return_to(const nlohmann::json& state,
                                                                  const std::vector<optim::Optimizer::State>& tensors);
  // A resumed run's, where the phases up to its own have been entered: all of what state() saw, or what differs.
  [[nodiscard]] virtual tl::expected<void, std::string> resume(const nlohmann::json& state,
                                                               const std::vector<optim::Optimizer::State>& tensors) {
    return Training::return_to(state, tensors);
  }
  // Why the next step cannot be made; nothing: it can.
  [[nodiscard]] virtual std::optional<Error> fault() const { return std::nullopt; }

  [[nodiscard]] optim::Optimizer& optimizer() { return *optimizer_; }
  [[nodiscard]] const optim::Optimizer& optimizer() const { return *optimizer_; }
  // The first group that the present phase added (the first of all if it added none).
  [[nodiscard]] const optim::Group& phase_group() const { return optimizer_->groups()[phase_group_]; }

  // The scheduler's step, if one is due after `count` epochs or steps. `metric` is that of its `monitor`.
  void step_schedule(rates::Pace::Interval interval, std::int64_t count, double metric);
  [[nodiscard]] bool schedule_due(rates::Pace::Interval interval, std::int64_t count) const {
    return schedule_ && schedule_->pace.due(interval, count);
  }
  // The metric that the scheduler watches; empty: none.
  [[nodiscard]] std::string monitor() const { return schedule_ ? schedule_->pace.monitor : std::string(); }

  // Groups with their rates, and the scheduler.
  [[nodiscard]] virtual nlohmann::json state() const;

 protected:
  Training(const plan::Schedule& schedule, Adapter& adapter, Own own)
      : plan_(&schedule), adapter_(&adapter), own_(std::move(own)) {}
  // Wants the groups that state() saw.
  [[nodiscard]] tl::expected<void, std::string> restore(const nlohmann::json& state);
  [[nodiscard]] bool setting(const char* name, bool by_default) const {
    return plan_->settings.value(name, by_default);
  }

  const plan::Schedule* plan_;
  Adapter* adapter_;
  Own own_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::optional<rates::Schedule> schedule_;
  std::size_t phase_group_ = 0;
};

[[nodiscard]] std::unique_ptr<Training> make_native_training(const plan::Schedule& schedule, Adapter& adapter, Own own);
[[nodiscard]] std::unique_ptr<Training> make_fts_training(const plan::Schedule& schedule, Adapter& adapter, Own own);

// `over` laid over `under`, key by key.
[[nodiscard]] nlohmann::json merged(const nlohmann::json& under, const nlohmann::json& over);
// A value that check() has proven to be there.
template <class T>
T must(tl::expected<T, Error> result) {
  FTS_CHECK(result.has_value());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace fts::session
