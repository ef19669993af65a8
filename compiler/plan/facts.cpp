// What follows from a plan without any decision.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/plan/plan.hpp"
#include "compiler/plan/words.hpp"

namespace fts::plan {

namespace {

std::string join(const std::vector<Condition>& operands, std::string_view word, bool bracket_any) {
  std::string text;
  for (const Condition& operand : operands) {
    const bool bracket = bracket_any && operand.kind == Condition::Kind::any;
    if (!text.empty()) text += fmt::format(" {} ", word);
    text += bracket ? "(" + describe(operand) + ")" : describe(operand);
  }
  return text;
}

const Spec* in_force(const Schedule& schedule, std::size_t phase, std::optional<Spec> Phase::*member) {
  for (std::size_t i = std::min(phase + 1, schedule.phases.size()); i-- > 0;) {
    const auto& spec = schedule.phases[i].*member;
    if (spec) return &*spec;
  }
  return nullptr;
}

}  // namespace

std::vector<Parameter> parameters_of(const graph::ParamGraph& graph) {
  std::vector<Parameter> parameters;
  parameters.reserve(graph.parameter_count());
  for (graph::ParamId id = 0; id < graph.parameter_count(); ++id) {
    const auto p = graph.parameter(id);
    auto& out = parameters.emplace_back();
    out.name = p.name;
    out.shape.assign(p.shape.begin(), p.shape.end());
    out.dtype = p.dtype;
    if (p.tied_to != graph::kNone) out.tied_to = p.tied_to;
    out.shape_known = p.shape_known;
  }
  return parameters;
}

std::int64_t numel(const Parameter& parameter) {
  if (!parameter.shape_known) return 0;
  std::int64_t product = 1;
  for (const std::int64_t size : parameter.shape) product *= size;
  return product;
}

std::int64_t max_transition_epoch(const Condition& until) {
  if (until.kind == Condition::Kind::epoch) return until.count;
  std::int64_t found = -1;
  for (const Condition& operand : until.operands) {
    const std::int64_t epoch = max_transition_epoch(operand);
    if (until.kind == Condition::Kind::all) {
      if (epoch < 0) return -1;
      found = std::max(found, epoch);
    } else if (epoch >= 0) {
      found = found < 0 ? epoch : std::min(found, epoch);
    }
  }
  return found;
}

std::int64_t epoch_watermark(const Schedule& schedule) {
  std::int64_t watermark = -1;
  for (std::size_t i = 1; i < schedule.phases.size(); ++i) {
    watermark = std::max(watermark, max_transition_epoch(schedule.phases[i].until));
  }
  return watermark;
}

std::string describe(const Condition& until) {
  switch (until.kind) {
    case Condition::Kind::any: return until.operands.empty() ? "never" : join(until.operands, "or", false);
    case Condition::Kind::all: return join(until.operands, "and", true);
    case Condition::Kind::plateau:
      return fmt::format("plateau({}{}, patience {})", until.monitor.metric, until.monitor.maximize ? " max" : "",
                         until.monitor.patience);
    case Condition::Kind::epoch: return fmt::format("epoch {}", until.count);
    case Condition::Kind::epochs: return fmt::format("{} epoch{}", until.count, until.count == 1 ? "" : "s");
    case Condition::Kind::step: return fmt::format("step {}", until.count);
    case Condition::Kind::metric:
      return fmt::format("{} {} {}", until.monitor.metric, word(until.compare), until.threshold);
  }
  return {};
}

const Spec* optimizer_in_force(const Schedule& schedule, std::size_t phase) {
  return in_force(schedule, phase, &Phase::optimizer);
}

const Spec* lr_scheduler_in_force(const Schedule& schedule, std::size_t phase) {
  return in_force(schedule, phase, &Phase::lr_scheduler);
}

}  // namespace fts::plan
