// Phases that max_depth, max_epochs or max_steps keep the run from, and a first one that ends before it begins.
#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

using resolve::Condition;
using Kind = Condition::Kind;

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

// The run begins with epoch 0, so epoch(0) is reached before a step is taken. Python FTS allows it.
void first_phase(const Context& context) {
  const auto& program = context.program;
  const auto* limit = program.phases.empty() ? nullptr : epoch_limit(program.phases.front());
  if (limit == nullptr || limit->count > 0 || replays_fts(program)) return;
  context.diagnostics
      .report(Code::phase_unreachable, limit->span,
              fmt::format("phase '{}' trains nothing: it ends where epoch 0 starts", program.phases.front().name))
      .help = "write epoch(1) or later, or leave the phase out";
}

const Condition* until(const resolve::Phase& phase) {
  const auto* value = phase.body->value("until");
  return value == nullptr ? nullptr : value->as<Condition>();
}

// The greatest n of all epoch(n); -1: there is none.
std::int64_t greatest_epoch(const resolve::Phase& phase) {
  std::vector<const Condition*> all;
  if (const auto* condition = until(phase)) leaves(*condition, all);
  std::int64_t greatest = -1;
  for (const auto* leaf : all) greatest = leaf->kind == Kind::epoch ? std::max(greatest, leaf->count) : greatest;
  return greatest;
}

// How far the run can go. An epoch(n) of the last phase raises max_epochs to the greatest of all phases, as the run
// itself does it; FTS looks at the last phase of the file and leaves phase 0's out.
struct Limits {
  std::int64_t epochs = kNoLimit;
  std::int64_t steps = kNoLimit;
};

Limits limits_of(const resolve::Program& program, std::size_t last) {
  Limits limits{program.schedule->integer("max_epochs").value_or(kNoLimit),
                program.schedule->integer("max_steps").value_or(kNoLimit)};
  const bool fts = replays_fts(program);
  if (greatest_epoch(fts ? program.phases.back() : program.phases[last]) < 0) return limits;
  for (std::size_t i = fts ? 1 : 0; i < program.phases.size(); ++i)
    limits.epochs = std::max(limits.epochs, greatest_epoch(program.phases[i]));
  return limits;
}

// Before which epoch and step of the run something surely does not happen.
struct Moment {
  std::int64_t epoch = 0;
  std::int64_t step = 0;
};

class Earliest {
 public:
  Earliest(const resolve::Program& program, Limits limits) : limits_(limits) {
    const auto* monitor = program.schedule->value("monitor");
    const auto* metric = monitor == nullptr ? nullptr : monitor->as<resolve::Metric>();
    threshold_ = metric != nullptr && metric->settings.given("stopping_threshold") != nullptr;
  }

  [[nodiscard]] bool too_late(const Moment& at) const { return at.epoch >= limits_.epochs || at.step >= limits_.steps; }

  // The end of a phase that does not begin before `start`. What a metric does is not known: it may do so at once.
  [[nodiscard]] Moment end(const resolve::Phase& phase, const Moment& start) const {
    const auto* condition = until(phase);
    if (condition == nullptr) return start;
    std::vector<const Condition*> all;
    leaves(*condition, all);
    const bool passes_threshold = std::ranges::any_of(all, [&](const Condition* leaf) {
      if (leaf->kind != Kind::plateau) return false;
      return threshold_ || (leaf->monitor && leaf->monitor->settings.find("stopping_threshold") != nullptr);
    });
    return passes_threshold ? start : of(*condition, start);  // a threshold ends the phase whatever else is asked for
  }

 private:
  [[nodiscard]] Moment of(const Condition& c, const Moment& start) const {
    constexpr std::int64_t kFar = std::int64_t{1} << 40;
    switch (c.kind) {
      case Kind::epoch: return {std::max(start.epoch, c.count), start.step};
      case Kind::epochs: return {std::min(start.epoch, kFar) + std::min(c.count, kFar), start.step};
      case Kind::step: return {start.epoch, std::max(start.step, c.count)};
      case Kind::all: {
        Moment latest = start;
        for (const auto& operand : c.operands) {
          const Moment at = of(operand, start);
          latest = {std::max(latest.epoch, at.epoch), std::max(latest.step, at.step)};
        }
        return latest;
      }
      case Kind::any: return first_of(c, start);
      default: return start;
    }
  }

  // Of those that the run can reach; where it reaches none, any.
  [[nodiscard]] Moment first_of(const Condition& c, const Moment& start) const {
    std::optional<Moment> first;
    for (const auto& operand : c.operands) {
      const Moment at = of(operand, start);
      if (too_late(at)) continue;
      first = first ? Moment{std::min(first->epoch, at.epoch), std::min(first->step, at.step)} : at;
    }
    return first ? *first : of(c.operands.front(), start);
  }

  Limits limits_;
  bool threshold_ = false;  // the schedule's monitor has one that ends phases
};

// Reports the first phase that the run cannot come to; those behind it have the same cause.
void beyond_the_limits(const Context& context, std::size_t last) {
  const auto& phases = context.program.phases;
  const Limits limits = limits_of(context.program, last);
  const Earliest earliest(context.program, limits);
  Moment start;
  for (std::size_t i = 0; i < last; ++i) {
    start = earliest.end(phases[i], start);
    if (!earliest.too_late(start)) continue;
    const bool epochs = start.epoch >= limits.epochs;
    auto& d = context.diagnostics.report(
        Code::phase_unreachable, phases[i + 1].name_span,
        fmt::format("phase '{}' is never reached: it cannot start before {} {}, and the run ends after {} {}s",
                    phases[i + 1].name, epochs ? "epoch" : "step", epochs ? start.epoch : start.step,
                    epochs ? limits.epochs : limits.steps, epochs ? "epoch" : "step"));
    d.notes.push_back({"the phase before it ends here", until(phases[i])->span});
    d.help = epochs ? "raise max_epochs" : "raise max_steps";
    return;
  }
}

}  // namespace

void unreachable_phases(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr || program.phases.empty()) return;
  first_phase(context);
  const auto depth = program.schedule->integer("max_depth").value_or(-1);
  const std::size_t written = program.phases.size() - 1;
  const std::size_t last = depth < 0 ? written : std::min(written, static_cast<std::size_t>(depth));
  for (std::size_t i = last + 1; i <= written; ++i) {
    context.diagnostics
        .report(Code::phase_unreachable, program.phases[i].name_span,
                fmt::format("phase '{}' is never reached: max_depth is {}", program.phases[i].name, depth))
        .notes.push_back({"max_depth", program.schedule->value("max_depth")->span});
  }
  beyond_the_limits(context, last);
}

}  // namespace fts::check
