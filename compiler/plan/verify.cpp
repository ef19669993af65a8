// The rules of docs/PLAN.md, in its order. What a rule needs from another (a position in range) it asks for itself, so
// that all violations come at once.
#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "compiler/plan/verify.hpp"
#include "compiler/plan/words.hpp"

namespace fts::plan {

namespace {

using nlohmann::json;
using Positions = std::vector<std::uint32_t>;
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

class Verifier {
 public:
  explicit Verifier(const Plan& plan) : plan_(plan) {}

  std::vector<std::string> run() {
    header();
    parameters();
    schedule();
    strategies();
    return std::move(violations_);
  }

 private:
  template <typename... Args>
  void report(fmt::format_string<Args...> format, Args&&... args) {
    violations_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  void header();
  void parameters();
  void parameter(std::size_t position);
  void schedule();
  void phase(std::size_t depth, const Phase& phase);
  void thaw(std::size_t depth, const Phase& phase, const std::string& at);
  void freeze(std::size_t depth, const Phase& phase, const std::string& at);
  void groups(std::size_t depth, const Phase& phase, const std::string& at);
  void group(std::size_t depth, const Group& group, const std::string& at);
  void strategies();

  void hash(std::string_view key, const std::string& text);
  bool positions(const Positions& list, const std::string& at);
  bool in_range(std::uint32_t position) const { return position < plan_.parameters.size(); }
  // The first name of a tied tensor; a broken tie counts as none.
  std::uint32_t first_name(std::uint32_t position) const {
    const auto& tied_to = plan_.parameters[position].tied_to;
    return tied_to && *tied_to < position ? *tied_to : position;
  }
  void tied_together(const Positions& list, const std::string& at);
  void monitor(const Monitor& monitor, const std::string& at);
  void condition(const Condition& condition, int depth, const std::string& at);
  void operands(const Condition& condition, int depth, const std::string& at);
  void spec(const Spec& spec, const std::string& at);
  void object(const json& value, const std::string& at);
  void finite(const json& value, int depth, const std::string& at);
  void finite(double value, const std::string& at) {
    if (!std::isfinite(value)) report("{}: not a finite number", at);
  }

  const Plan& plan_;
  std::vector<std::string> violations_;
  std::vector<std::size_t> thawed_in_;                    // a parameter's phase, kNowhere
  std::vector<std::size_t> frozen_in_;                    // likewise
  std::vector<std::size_t> grouped_in_;                   // likewise
  std::unordered_map<std::uint32_t, Positions> aliases_;  // by first name
  std::unordered_set<std::string_view> phase_names_, group_names_;
};

void Verifier::hash(std::string_view key, const std::string& text) {
  const bool hex =
      std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (text.size() != 32 || !hex) report("{}: not a hash of 32 lower-case hex digits", key);
}

void Verifier::header() {
  hash("graph_fingerprint", plan_.graph_fingerprint);
  hash("source_hash", plan_.source_hash);
}

void Verifier::parameters() {
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < plan_.parameters.size(); ++i) {
    const Parameter& p = plan_.parameters[i];
    if (p.name.empty()) report("parameters[{}].name: empty", i);
    if (!names.insert(p.name).second) report("parameters[{}].name: '{}' is there twice", i, p.name);
    parameter(i);
    const auto first = first_name(static_cast<std::uint32_t>(i));
    if (first != i) aliases_[first].push_back(static_cast<std::uint32_t>(i));
  }
  thawed_in_.assign(plan_.parameters.size(), kNowhere);
  frozen_in_.assign(plan_.parameters.size(), kNowhere);
  grouped_in_.assign(plan_.parameters.size(), kNowhere);
}

void Verifier::parameter(std::size_t position) {
  const Parameter& p = plan_.parameters[position];
  if (!p.shape_known && !p.shape.empty()) report("parameters[{}].shape: there, though it is not known", position);
  std::int64_t elements = 1;
  const bool possible = std::all_of(p.shape.begin(), p.shape.end(), [&](std::int64_t size) {
    return size >= 0 && !__builtin_mul_overflow(elements, size, &elements);
  });
  if (!possible) report("parameters[{}].shape: a size is negative, or there are more than 2^63 - 1 elements", position);
  if (!p.tied_to) return;
  if (*p.tied_to >= position) return report("parameters[{}].tied_to: {} is no earlier parameter", position, *p.tied_to);
  const Parameter& first = plan_.parameters[*p.tied_to];
  if (first.tied_to)
    report("parameters[{}].tied_to: {} is itself tied; the first of them all is named", position, *p.tied_to);
  if (first.shape != p.shape || first.dtype != p.dtype || first.shape_known != p.shape_known) {
    report("parameters[{}].tied_to: '{}' has another shape or dtype", position, first.name);
  }
}

void Verifier::schedule() {
  const Schedule& s = plan_.schedule;
  const auto count = s.phases.size();
  if (s.monitor) monitor(*s.monitor, "schedule.monitor");
  if (s.max_epochs < -1) report("schedule.max_epochs: {} is less than -1 (no limit)", s.max_epochs);
  if (s.max_steps < -1) report("schedule.max_steps: {} is less than -1 (no limit)", s.max_steps);
  object(s.settings, "schedule.settings");
  if (count == 0) report("schedule.phases: there must be at least one");
  if (count != 0 && (s.max_depth < 0 || static_cast<std::size_t>(s.max_depth) >= count)) {
    report("schedule.max_depth: {} is no phase; the last is {}", s.max_depth, count - 1);
  }
  for (std::size_t i = 0; i < count; ++i) phase(i, s.phases[i]);
}

void Verifier::phase(std::size_t depth, const Phase& p) {
  const std::string at = fmt::format("schedule.phases[{}]", depth);
  if (p.depth < 0 || static_cast<std::size_t>(p.depth) != depth)
    report("{}.depth: {} is not its position, {}", at, p.depth, depth);
  if (p.name.empty()) report("{}.name: empty", at);
  if (!phase_names_.insert(p.name).second) report("{}.name: '{}' is there twice", at, p.name);
  if (depth == 0 && p.thaw.empty()) report("{}.thaw: phase 0 must train something", at);
  thaw(depth, p, at + ".thaw");
  freeze(depth, p, at + ".freeze");
  groups(depth, p, at + ".groups");
  if (p.optimizer) spec(*p.optimizer, at + ".optimizer");
  if (p.lr_scheduler) spec(*p.lr_scheduler, at + ".lr_scheduler");
  condition(p.until, 0, at + ".until");
}

bool Verifier::positions(const Positions& list, const std::string& at) {
  const auto count = violations_.size();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!in_range(list[i])) report("{}[{}]: {} is no parameter; there are {}", at, i, list[i], plan_.parameters.size());
    if (i != 0 && list[i] <= list[i - 1]) report("{}[{}]: {} does not come after {}", at, i, list[i], list[i - 1]);
  }
  return violations_.size() == count;
}

void Verifier::tied_together(const Positions& list, const std::string& at) {
  for (const std::uint32_t position : list) {
    const std::uint32_t first = first_name(position);
    const auto missing = [&](std::uint32_t other) { return !std::binary_search(list.begin(), list.end(), other); };
    if (first != position && missing(first)) {
      report("{}: '{}' is there without '{}', to which it is tied", at, plan_.parameters[position].name,
             plan_.parameters[first].name);
    }
    const auto aliases = aliases_.find(position);
    if (aliases == aliases_.end()) continue;
    for (const std::uint32_t alias : aliases->second) {
      if (missing(alias))
        report("{}: '{}' is there without '{}', which is tied to it", at, plan_.parameters[position].name,
               plan_.parameters[alias].name);
    }
  }
}

void Verifier::thaw(std::size_t depth, const Phase& p, const std::string& at) {
  if (positions(p.thaw, at)) tied_together(p.thaw, at);
  for (const std::uint32_t position : p.thaw) {
    if (!in_range(position) || thawed_in_[position] == depth) continue;
    if (thawed_in_[position] != kNowhere)
      report("{}: '{}' is thawed by phase {} already", at, plan_.parameters[position].name, thawed_in_[position]);
    thawed_in_[position] = depth;
  }
}

void Verifier::freeze(std::size_t depth, const Phase& p, const std::string& at) {
  if (positions(p.freeze, at)) tied_together(p.freeze, at);
  for (const std::uint32_t position : p.freeze) {
    if (!in_range(position)) continue;
    const auto& name = plan_.parameters[position].name;
    if (thawed_in_[position] >= depth) report("{}: '{}' is thawed by no earlier phase", at, name);
    if (frozen_in_[position] < depth) report("{}: '{}' is frozen by phase {} already", at, name, frozen_in_[position]);
    frozen_in_[position] = std::min(frozen_in_[position], depth);
  }
}

void Verifier::groups(std::size_t depth, const Phase& p, const std::string& at) {
  for (std::size_t i = 0; i < p.groups.size(); ++i) group(depth, p.groups[i], fmt::format("{}[{}]", at, i));
  for (const std::uint32_t position : p.thaw) {
    if (in_range(position) && first_name(position) == position && grouped_in_[position] != depth) {
      report("{}: '{}' is thawed, but in no group", at, plan_.parameters[position].name);
    }
  }
}

void Verifier::group(std::size_t depth, const Group& g, const std::string& at) {
  if (g.name.empty()) report("{}.name: empty", at);
  if (!group_names_.insert(g.name).second) report("{}.name: '{}' is there twice", at, g.name);
  positions(g.parameters, at + ".parameters");
  for (const std::uint32_t position : g.parameters) {
    if (!in_range(position)) continue;
    const auto& name = plan_.parameters[position].name;
    if (first_name(position) != position) {
      report("{}.parameters: '{}' is tied; its first name, '{}', stands for it", at, name,
             plan_.parameters[first_name(position)].name);
    } else if (thawed_in_[position] != depth) {
      report("{}.parameters: '{}' is not thawed by this phase", at, name);
    } else if (grouped_in_[position] == depth) {
      report("{}.parameters: '{}' is in another group already", at, name);
    }
    grouped_in_[position] = depth;
  }
  object(g.arguments, at + ".arguments");
  const Spec* const optimizer = optimizer_in_force(plan_.schedule, depth);
  if (!g.arguments.is_object() || optimizer == nullptr) return;
  for (const char* const key : {"lr", "weight_decay"}) {
    if (optimizer->arguments.is_object() && !optimizer->arguments.contains(key)) continue;
    if (!g.arguments.contains(key) || !g.arguments[key].is_number())
      report("{}.arguments.{}: a number must be there", at, key);
  }
}

void Verifier::monitor(const Monitor& m, const std::string& at) {
  if (m.metric.empty()) report("{}.metric: empty", at);
  if (m.patience < 0) report("{}.patience: {} is negative", at, m.patience);
  finite(m.min_delta, at + ".min_delta");
  if (m.stopping_threshold) finite(*m.stopping_threshold, at + ".stopping_threshold");
  if (m.divergence_threshold) finite(*m.divergence_threshold, at + ".divergence_threshold");
}

void Verifier::condition(const Condition& c, int depth, const std::string& at) {
  switch (c.kind) {
    case Condition::Kind::any:
    case Condition::Kind::all: return operands(c, depth, at);
    case Condition::Kind::plateau: monitor(c.monitor, at + ".monitor"); break;
    case Condition::Kind::epoch:
      if (c.count < 0) report("{}.count: {} is no epoch; they count from 0", at, c.count);
      break;
    case Condition::Kind::epochs:
    case Condition::Kind::step:
      if (c.count < 1) report("{}.count: {} is less than 1", at, c.count);
      break;
    case Condition::Kind::metric:
      if (c.monitor.metric.empty()) report("{}.metric: empty", at);
      finite(c.threshold, at + ".threshold");
      break;
  }
  if (!c.operands.empty()) report("{}: '{}' has no operands", at, word(c.kind));
}

void Verifier::operands(const Condition& c, int depth, const std::string& at) {
  const bool never = c.kind == Condition::Kind::any && c.operands.empty();
  if (c.operands.size() < 2 && !never) report("{}.operands: '{}' needs at least two", at, word(c.kind));
  if (depth + 1 >= kMaxConditionDepth) return report("{}: nested deeper than {} levels", at, kMaxConditionDepth);
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    condition(c.operands[i], depth + 1, fmt::format("{}.operands[{}]", at, i));
  }
}

void Verifier::spec(const Spec& s, const std::string& at) {
  if (s.name.empty()) report("{}.name: empty", at);
  object(s.arguments, at + ".arguments");
}

void Verifier::object(const json& value, const std::string& at) {
  if (!value.is_object()) return report("{}: not an object", at);
  finite(value, 0, at);
}

void Verifier::finite(const json& value, int depth, const std::string& at) {
  if (depth >= kMaxJsonDepth) return report("{}: nested deeper than {} levels", at, kMaxJsonDepth);
  if (value.is_number_float()) finite(value.get<double>(), at);
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) finite(value[i], depth + 1, fmt::format("{}[{}]", at, i));
  }
  if (value.is_object()) {
    for (const auto& [key, element] : value.items()) finite(element, depth + 1, fmt::format("{}.{}", at, key));
  }
}

void Verifier::strategies() {
  if (plan_.strategies.empty()) report("strategies: there must be at least one");
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < plan_.strategies.size(); ++i) {
    const Strategy& s = plan_.strategies[i];
    const std::string at = fmt::format("strategies[{}]", i);
    if (s.name.empty()) report("{}.name: empty", at);
    if (!names.insert(s.name).second) report("{}.name: '{}' is there twice", at, s.name);
    if (s.adapter.empty()) report("{}.adapter: empty", at);
    object(s.settings, at + ".settings");
  }
}

}  // namespace

std::vector<std::string> verify(const Plan& plan) {
  auto violations = Verifier(plan).run();
  for (auto& violation : verify_strategies(plan)) violations.push_back(std::move(violation));
  return violations;
}

}  // namespace fts::plan
