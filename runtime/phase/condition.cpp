#include "runtime/phase/condition.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace fts::phase {

namespace {

using Kind = plan::Condition::Kind;
using Compare = plan::Condition::Compare;

void visit(const plan::Condition& c, const std::function<void(const plan::Condition&)>& each) {
  each(c);
  for (const auto& operand : c.operands) visit(operand, each);
}

bool compares(Compare how, double a, double b) {
  switch (how) {
    case Compare::less: return a < b;
    case Compare::less_equal: return a <= b;
    case Compare::greater: return a > b;
    case Compare::greater_equal: return a >= b;
  }
  return false;
}

std::string_view in_words(Compare how) {
  switch (how) {
    case Compare::less: return "less than";
    case Compare::less_equal: return "at most";
    case Compare::greater: return "more than";
    case Compare::greater_equal: return "at least";
  }
  return "";
}

int gravity(Verdict v) {
  switch (v) {
    case Verdict::not_finite: return 5;
    case Verdict::diverged: return 4;
    case Verdict::threshold_reached: return 3;
    case Verdict::improved: return 2;
    case Verdict::waiting: return 1;
    case Verdict::plateau: return 0;
  }
  return 0;
}

std::string sentence(Verdict v, const Plateau& p, double value) {
  const auto& m = p.monitor();
  switch (v) {
    case Verdict::not_finite: return fmt::format("{} is {}", m.metric, value);
    case Verdict::diverged: return fmt::format("{} is {}, beyond {}", m.metric, value, *m.divergence_threshold);
    case Verdict::threshold_reached: return fmt::format("{} is {}, past {}", m.metric, value, *m.stopping_threshold);
    case Verdict::improved: return fmt::format("{} improved to {}", m.metric, value);
    default: return p.reason();
  }
}

}  // namespace

std::int64_t greatest_epoch(const plan::Condition& condition) {
  std::int64_t greatest = -1;
  visit(condition, [&](const auto& c) {
    if (c.kind == Kind::epoch) greatest = std::max(greatest, c.count);
  });
  return greatest;
}

ConditionState::ConditionState(const plan::Condition& condition, bool single_precision)
    : condition_(std::make_shared<const plan::Condition>(condition)) {
  visit(*condition_, [&](const auto& c) {
    if (c.kind != Kind::plateau) return;
    monitored_.push_back(&c);
    plateaus_.emplace_back(c.monitor, single_precision);
  });
}

std::vector<std::string> ConditionState::needed_metrics() const {
  std::vector<std::string> names;
  visit(*condition_, [&](const auto& c) {
    const bool looks = c.kind == Kind::plateau || c.kind == Kind::metric;
    if (looks && std::find(names.begin(), names.end(), c.monitor.metric) == names.end())
      names.push_back(c.monitor.metric);
  });
  return names;
}

bool ConditionState::counts_steps() const {
  bool found = false;
  visit(*condition_, [&](const auto& c) { found = found || c.kind == Kind::step; });
  return found;
}

ConditionState::Report ConditionState::observe(const Metrics& metrics) {
  for (const auto& name : needed_metrics()) last_[name] = metrics.find(name)->second;
  Report worst;
  int greatest = -1;
  for (auto& plateau : plateaus_) {
    const double value = last_[plateau.monitor().metric];
    const Verdict v = plateau.observe(value);
    if (gravity(v) <= greatest) continue;
    greatest = gravity(v);
    worst = {v, sentence(v, plateau, value)};
  }
  return worst;
}

std::optional<std::string> ConditionState::leaf(const plan::Condition& c, const Counters& at,
                                                bool plateaus_only) const {
  if (c.kind == Kind::plateau) {
    const auto index = std::find(monitored_.begin(), monitored_.end(), &c) - monitored_.begin();
    const auto& p = plateaus_[static_cast<std::size_t>(index)];
    return p.reached() ? std::optional("plateau: " + p.reason()) : std::nullopt;
  }
  if (plateaus_only) return std::nullopt;
  if (c.kind == Kind::epoch && at.epoch >= c.count) return fmt::format("epoch {} is reached", c.count);
  if (c.kind == Kind::step && at.step >= c.count) return fmt::format("step {} is reached", c.count);
  if (c.kind == Kind::epochs && at.epochs_in_phase >= c.count) {
    return fmt::format("the phase has had its {} epoch{}", c.count, c.count == 1 ? "" : "s");
  }
  if (c.kind == Kind::metric) {
    const auto value = last_.find(c.monitor.metric);
    if (value != last_.end() && compares(c.compare, value->second, c.threshold)) {
      return fmt::format("{} is {}, {} {}", c.monitor.metric, value->second, in_words(c.compare), c.threshold);
    }
  }
  return std::nullopt;
}

std::optional<std::string> ConditionState::tree(const plan::Condition& c, const Counters& at,
                                                bool plateaus_only) const {
  if (c.kind != Kind::any && c.kind != Kind::all) return leaf(c, at, plateaus_only);
  std::string reasons;
  std::size_t holding = 0;
  for (const auto& operand : c.operands) {
    const auto reason = tree(operand, at, plateaus_only);
    if (!reason) continue;
    reasons += (holding++ == 0 ? "" : " and ") + *reason;
  }
  const bool holds = c.kind == Kind::any ? holding > 0 : holding == c.operands.size();
  return holds ? std::optional(reasons) : std::nullopt;
}

std::optional<std::string> ConditionState::holds(const Counters& at, bool plateaus_only) const {
  return tree(*condition_, at, plateaus_only);
}

nlohmann::json ConditionState::state() const {
  nlohmann::json plateaus = nlohmann::json::array();
  for (const auto& p : plateaus_) plateaus.push_back(p.state());
  nlohmann::json last = nlohmann::json::object();
  for (const auto& [name, value] : last_) last[name] = exact(value);
  return {{"plateaus", plateaus}, {"metrics", last}};
}

void ConditionState::restore(const nlohmann::json& state) {
  const auto& plateaus = state.at("plateaus");
  for (std::size_t i = 0; i < plateaus_.size(); ++i) plateaus_[i].restore(plateaus.at(i));
  last_.clear();
  for (const auto& [name, value] : state.at("metrics").items()) {
    last_[name] = exact(value);
  }
}

}  // namespace fts::phase
