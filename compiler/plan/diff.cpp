#include "compiler/plan/diff.hpp"

#include <map>
#include <set>
#include <utility>

namespace fts::plan {

namespace {

using nlohmann::json;

class Differences {
 public:
  void compare(const std::string& path, const json& before, const json& after) {
    if (before == after) return;
    if (!before.is_object() || !after.is_object() || before.empty() || after.empty()) {
      changes_.push_back({path, before, after});
      return;
    }
    std::set<std::string> keys;
    for (const auto* side : {&before, &after}) {
      for (const auto& [key, value] : side->items()) keys.insert(key);
    }
    for (const auto& key : keys) compare(path + "." + key, before.value(key, json()), after.value(key, json()));
  }
  std::vector<Change> changes() && { return std::move(changes_); }

 private:
  std::vector<Change> changes_;
};

json spec(const std::optional<Spec>& s) { return s ? json{{"name", s->name}, {"arguments", s->arguments}} : json(); }

json monitor(const std::optional<Monitor>& m) {
  if (!m) return {};
  json j = {{"metric", m->metric},
            {"mode", m->maximize ? "max" : "min"},
            {"patience", m->patience},
            {"min_delta", m->min_delta},
            {"check_finite", m->check_finite}};
  if (m->stopping_threshold) j["stopping_threshold"] = *m->stopping_threshold;
  if (m->divergence_threshold) j["divergence_threshold"] = *m->divergence_threshold;
  return j;
}

json schedule(const Schedule& s) {
  return {{"monitor", monitor(s.monitor)}, {"max_epochs", s.max_epochs},     {"max_steps", s.max_steps},
          {"max_depth", s.max_depth},      {"restore_best", s.restore_best}, {"compat", s.compat_fts ? "fts" : "none"},
          {"settings", s.settings}};
}

json names(const Plan& plan, const std::vector<std::uint32_t>& positions) {
  json out = json::array();
  for (const auto position : positions) out.push_back(plan.parameters[position].name);
  return out;
}

json group(const Plan& plan, const Group& g) {
  return {{"arguments", g.arguments}, {"parameters", names(plan, g.parameters)}};
}

// What a phase is beside the parameters that it thaws.
json phase(const Plan& plan, const Phase& p) {
  json groups = json::object();
  for (const auto& g : p.groups) groups[g.name] = group(plan, g);
  return {{"depth", p.depth},
          {"until", describe(p.until)},
          {"optimizer", spec(p.optimizer)},
          {"lr_scheduler", spec(p.lr_scheduler)},
          {"freeze", names(plan, p.freeze)},
          {"groups", std::move(groups)}};
}

// The phase that thaws each parameter; null: none does. A parameter that the model lacks is not there.
std::map<std::string, json> thawed_by(const Plan& plan) {
  std::map<std::string, json> result;
  for (const auto& p : plan.parameters) result[p.name] = nullptr;
  for (const auto& p : plan.schedule.phases) {
    for (const auto position : p.thaw) result[plan.parameters[position].name] = p.name;
  }
  return result;
}

// Calls `visit` with the names of both, those of `before` first, and each side's value; null: that side lacks it.
template <typename T, typename Visit>
void pair_up(const std::vector<T>& before, const std::vector<T>& after, Visit visit) {
  const auto find = [](const std::vector<T>& all, const std::string& name) -> const T* {
    for (const auto& one : all) {
      if (one.name == name) return &one;
    }
    return nullptr;
  };
  for (const auto& one : before) visit(one.name, &one, find(after, one.name));
  for (const auto& one : after) {
    if (find(before, one.name) == nullptr) visit(one.name, static_cast<const T*>(nullptr), &one);
  }
}

void compare_parameters(const Plan& before, const Plan& after, Differences& out) {
  const auto old = thawed_by(before), now = thawed_by(after);
  for (const auto& p : before.parameters) {
    const auto there = now.find(p.name);
    out.compare("parameter " + p.name, old.at(p.name), there == now.end() ? json("not in the model") : there->second);
  }
  for (const auto& p : after.parameters) {
    if (!old.contains(p.name)) out.compare("parameter " + p.name, "not in the model", now.at(p.name));
  }
}

}  // namespace

std::vector<Change> diff(const Plan& before, const Plan& after) {
  Differences out;
  out.compare("model", before.graph_fingerprint == after.graph_fingerprint ? json(after.model) : json(before.model),
              after.model);
  out.compare("schedule", schedule(before.schedule), schedule(after.schedule));
  pair_up(before.schedule.phases, after.schedule.phases, [&](const auto& name, const Phase* a, const Phase* b) {
    out.compare("phase " + name, a ? phase(before, *a) : json(), b ? phase(after, *b) : json());
  });
  compare_parameters(before, after, out);
  pair_up(before.strategies, after.strategies, [&](const auto& name, const Strategy* a, const Strategy* b) {
    const auto whole = [](const Strategy* s) {
      return s ? json{{"adapter", s->adapter}, {"settings", s->settings}} : json();
    };
    out.compare("strategy " + name, whole(a), whole(b));
  });
  return std::move(out).changes();
}

}  // namespace fts::plan
