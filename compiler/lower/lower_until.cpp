#include "compiler/lower/parts.hpp"

namespace fts::lower {

namespace {

using Kind = plan::Condition::Kind;

void override_with(plan::Monitor& monitor, const resolve::Body& settings) {
  if (const auto mode = settings.text("mode")) monitor.maximize = *mode == "max";
  if (const auto patience = settings.integer("patience")) monitor.patience = static_cast<int>(*patience);
  if (const auto delta = settings.number("min_delta")) monitor.min_delta = *delta;
  if (const auto check = settings.boolean("check_finite")) monitor.check_finite = *check;
  if (const auto threshold = settings.number("stopping_threshold")) monitor.stopping_threshold = *threshold;
  if (const auto threshold = settings.number("divergence_threshold")) monitor.divergence_threshold = *threshold;
}

Kind kind_of(resolve::Condition::Kind kind) {
  switch (kind) {
    case resolve::Condition::Kind::any: return Kind::any;
    case resolve::Condition::Kind::all: return Kind::all;
    case resolve::Condition::Kind::plateau: return Kind::plateau;
    case resolve::Condition::Kind::epoch: return Kind::epoch;
    case resolve::Condition::Kind::epochs: return Kind::epochs;
    case resolve::Condition::Kind::step: return Kind::step;
    case resolve::Condition::Kind::metric: return Kind::metric;
  }
  return Kind::plateau;
}

plan::Condition::Compare compare_of(const std::string& spelling) {
  using Compare = plan::Condition::Compare;
  return spelling == "<"    ? Compare::less
         : spelling == "<=" ? Compare::less_equal
         : spelling == ">"  ? Compare::greater
                            : Compare::greater_equal;
}

}  // namespace

plan::Monitor lower_monitor(const resolve::Metric& metric) {
  plan::Monitor monitor;
  monitor.metric = metric.name;
  override_with(monitor, metric.settings);
  return monitor;
}

plan::Condition lower_until(const resolve::Condition* until, const std::optional<plan::Monitor>& monitor) {
  plan::Condition out;
  if (until == nullptr) {
    out.kind = monitor ? Kind::plateau : Kind::any;  // any of nothing: never
    if (monitor) out.monitor = *monitor;
    return out;
  }
  out.kind = kind_of(until->kind);
  for (const auto& operand : until->operands) out.operands.push_back(lower_until(&operand, monitor));
  if (out.kind == Kind::plateau) {
    if (monitor) out.monitor = *monitor;
    if (until->monitor) {
      if (!until->monitor->name.empty()) out.monitor.metric = until->monitor->name;
      override_with(out.monitor, until->monitor->settings);
    }
  }
  if (out.kind == Kind::metric) {
    out.monitor.metric = until->monitor->name;
    out.compare = compare_of(until->compare);
    out.threshold = until->threshold;
  }
  out.count = until->count;
  return out;
}

}  // namespace fts::lower
