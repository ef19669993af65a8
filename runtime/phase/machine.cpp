#include "runtime/phase/machine.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace fts::phase {

namespace {

int depth_limit(const plan::Schedule& s) {
  const int last = static_cast<int>(s.phases.size()) - 1;
  return s.max_depth < 0 ? last : std::min(s.max_depth, last);
}

// A last phase's epoch(n) raises max_epochs to the greatest epoch that any phase gives (FTS: the epoch watermark).
std::int64_t raised_max_epochs(const plan::Schedule& s, int last, const Rules& rules) {
  const auto& raising = rules.raised_by_written_last_phase ? s.phases.back() : s.phases[static_cast<std::size_t>(last)];
  // Without a limit the last phase's epoch ends the run by itself, unless all it does is to raise.
  const bool ends_by_itself = s.max_epochs < 0 && !rules.last_epoch_only_raises;
  if (ends_by_itself || greatest_epoch(raising.until) < 0) return s.max_epochs;
  std::int64_t greatest = s.max_epochs;
  for (const auto& phase : s.phases) {
    if (phase.depth > 0 || rules.first_phase_raises) greatest = std::max(greatest, greatest_epoch(phase.until));
  }
  return greatest;
}

// "max_epochs: 4 epochs are done"
std::string limit(std::string_view name, std::int64_t count, std::string_view what) {
  return fmt::format("{}: {} {}{} done", name, count, what, count == 1 ? " is" : "s are");
}

}  // namespace

PhaseMachine::PhaseMachine(const plan::Schedule& schedule)
    : rules_(Rules::of(schedule)),
      last_depth_(depth_limit(schedule)),
      max_epochs_(raised_max_epochs(schedule, last_depth_, rules_)),
      max_steps_(schedule.max_steps),
      condition_(schedule.phases.at(0).until, rules_.single_precision_metrics) {
  for (const auto& phase : schedule.phases) untils_.push_back(phase.until);
}

std::int64_t PhaseMachine::epochs_in_phase(std::int64_t epoch) const {
  return std::max<std::int64_t>(0, epoch - phase_start_);
}

Decision PhaseMachine::end(std::string reason) {
  if (!ended_) end_reason_ = std::move(reason);
  ended_ = true;
  return {Decision::Kind::end, end_reason_};
}

Decision PhaseMachine::move(std::int64_t first_whole_epoch, std::string reason) {
  const ConditionState before = std::move(condition_);
  condition_ = ConditionState(untils_[static_cast<std::size_t>(++depth_)], rules_.single_precision_metrics);
  phase_start_ = first_whole_epoch;
  threshold_.clear();
  if (rules_.one_best_for_the_run) {
    for (auto& plateau : condition_.plateaus()) {
      for (const auto& old : before.plateaus()) {
        if (old.monitor().metric == plateau.monitor().metric) plateau.keep_best(old.best());
      }
    }
  }
  return {Decision::Kind::move, std::move(reason)};
}

Decision PhaseMachine::decide(const Counters& at) {
  const bool last = depth_ >= last_depth_;
  auto reason = condition_.holds(at, rules_.last_epoch_only_raises && last);
  if (!threshold_.empty()) reason = "plateau: " + threshold_;
  if (!reason) return {};
  return last ? end(*reason) : move(at.epoch, *reason);
}

Decision PhaseMachine::start_epoch(std::int64_t epoch) {
  if (ended_) return end({});
  epoch_ = epoch;
  if (max_epochs_ >= 0 && epoch >= max_epochs_) return end(limit("max_epochs", max_epochs_, "epoch"));
  if (max_steps_ >= 0 && step_ >= max_steps_) return end(limit("max_steps", max_steps_, "step"));
  return decide({epoch, epochs_in_phase(epoch), step_});
}

Decision PhaseMachine::end_step(std::int64_t steps) {
  step_ = steps;
  if (ended_) return end({});
  if (max_steps_ >= 0 && steps >= max_steps_) return end(limit("max_steps", max_steps_, "step"));
  if (!condition_.counts_steps()) return {};
  Decision decision = decide({epoch_, epochs_in_phase(epoch_), steps});
  // The rest of this epoch belongs to the new phase, but is no whole epoch of it.
  if (decision.kind == Decision::Kind::move) phase_start_ = epoch_ + 1;
  return decision;
}

void PhaseMachine::end_epoch(const Metrics& metrics) {
  const auto report = condition_.observe(metrics);
  switch (report.verdict) {
    case Verdict::not_finite:
    case Verdict::diverged: end(report.reason); break;
    case Verdict::threshold_reached:
      if (rules_.threshold_ends_run) end(report.reason);
      threshold_ = report.reason;
      break;
    default: break;
  }
}

nlohmann::json PhaseMachine::state() const {
  return {
      {"depth", depth_}, {"epoch", epoch_},           {"phase_start", phase_start_}, {"step", step_},
      {"ended", ended_}, {"end_reason", end_reason_}, {"threshold", threshold_},     {"condition", condition_.state()}};
}

tl::expected<void, std::string> PhaseMachine::restore(const nlohmann::json& state) {
  try {
    const int depth = state.at("depth").get<int>();
    if (depth < 0 || depth > last_depth_) {
      return tl::unexpected(
          fmt::format("phase {} does not exist: the schedule ends with phase {}", depth, last_depth_));
    }
    ConditionState condition(untils_[static_cast<std::size_t>(depth)], rules_.single_precision_metrics);
    condition.restore(state.at("condition"));
    const auto epoch = state.at("epoch").get<std::int64_t>();
    const auto phase_start = state.at("phase_start").get<std::int64_t>();
    const auto step = state.at("step").get<std::int64_t>();
    auto end_reason = state.at("end_reason").get<std::string>();
    const bool longer = end_reason.starts_with("max_steps: ") && (max_steps_ < 0 || step < max_steps_);
    const bool ended = state.at("ended").get<bool>() && !longer;
    if (longer) end_reason.clear();
    threshold_ = state.at("threshold").get<std::string>();
    condition_ = std::move(condition);
    depth_ = depth;
    epoch_ = epoch;
    phase_start_ = phase_start;
    step_ = step;
    ended_ = ended;
    end_reason_ = std::move(end_reason);
  } catch (const nlohmann::json::exception& e) {
    return tl::unexpected(fmt::format("the phase machine's state cannot be read: {}", e.what()));
  }
  return {};
}

}  // namespace fts::phase
