#include "compiler/plan/resume.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/base/code.hpp"
#include "compiler/graph/input.hpp"
#include "compiler/plan/checkpoint_files.hpp"
#include "compiler/plan/words.hpp"

namespace fts::plan {

namespace {

using json = nlohmann::json;

constexpr std::size_t kMost = 12;
// Settings that are in the groups already, and those that say what is kept on disk.
constexpr std::array<std::string_view, 6> kFreeSettings = {"no_decay",
                                                           "checkpoint.save_top_k",
                                                           "checkpoint.save_last",
                                                           "checkpoint.every_n_epochs",
                                                           "checkpoint.every_n_steps",
                                                           "checkpoint.save_on_train_epoch_end"};

std::string brief(const json& value) {
  auto text = value.dump();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::string brief(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 3; ++i) text += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
  return names.size() <= 3 ? text : fmt::format("{} and {} more", text, names.size() - 3);
}

std::string shape_and_dtype(const Parameter& p) {
  const auto shape = p.shape_known ? fmt::format("[{}]", fmt::join(p.shape, ", ")) : "of unknown shape";
  return fmt::format("{} {}", shape, graph::name(p.dtype));
}

class Comparison {
 public:
  Comparison(const ResumePoint& at, const Plan& now, int world) : at_(at), before_(at.plan), now_(now), world_(world) {}

  std::vector<Obstacle> run() && {
    parameters();
    run_wide();
    const auto entered = static_cast<std::size_t>(at_.depth) + 1;
    const auto& phases = now_.schedule.phases;
    for (std::size_t d = 0; d < std::min({entered, phases.size(), before_.schedule.phases.size()}); ++d) phase(d);
    for (std::size_t d = phases.size(); d < entered && d < before_.schedule.phases.size(); ++d)
      add(-1, fmt::format("phase '{}' is gone, and the run has entered it", before_.schedule.phases[d].name));
    return std::move(found_);
  }

 private:
  void add(int depth, std::string text) { found_.push_back({depth, std::move(text)}); }

  void changed(int depth, const std::string& what, const json& was, const json& is) {
    if (was == is) return;
    if (was.is_null()) return add(depth, fmt::format("{} is new: {}", what, brief(is)));
    if (is.is_null()) return add(depth, fmt::format("{} is gone; it was {}", what, brief(was)));
    add(depth, fmt::format("{} was {}, is {}", what, brief(was), brief(is)));
  }

  // Keys of two objects, one level below another for objects in them.
  void changed_keys(int depth, const std::string& prefix, const json& was, const json& is, const std::string& path) {
    json keys = was;
    keys.update(is);
    for (const auto& [key, value] : keys.items()) {
      const auto here = path + key;
      if (std::find(kFreeSettings.begin(), kFreeSettings.end(), here) != kFreeSettings.end()) continue;
      const auto a = was.value(key, json()), b = is.value(key, json());
      if (value.is_object() && (a.is_object() || a.is_null()) && (b.is_object() || b.is_null())) {
        changed_keys(depth, prefix, a.is_null() ? json::object() : a, b.is_null() ? json::object() : b, here + ".");
      } else {
        changed(depth, prefix + here, a, b);
      }
    }
  }

  void parameters() {
    std::map<std::string_view, const Parameter*> now;
    for (const auto& p : now_.parameters) now.emplace(p.name, &p);
    const auto tie = [](const Plan& plan, const Parameter& p) {
      return p.tied_to ? fmt::format("tied to '{}'", plan.parameters[*p.tied_to].name) : "not tied";
    };
    for (const auto& p : before_.parameters) {
      const auto it = now.find(p.name);
      if (it == now.end()) {
        add(-1, fmt::format("parameter '{}' is gone", p.name));
        continue;
      }
      const auto& q = *it->second;
      now.erase(it);
      if (shape_and_dtype(p) != shape_and_dtype(q) && p.shape_known && q.shape_known)
        add(-1, fmt::format("parameter '{}' was {}, is {}", p.name, shape_and_dtype(p), shape_and_dtype(q)));
      if (tie(before_, p) != tie(now_, q))
        add(-1, fmt::format("parameter '{}' was {}, is {}", p.name, tie(before_, p), tie(now_, q)));
    }
    for (const auto& p : now_.parameters) {
      if (now.contains(p.name)) add(-1, fmt::format("parameter '{}' is new", p.name));
    }
  }

  void run_wide() {
    const auto& a = before_.schedule;
    const auto& b = now_.schedule;
    if (at_.in_epoch && at_.world != world_)
      add(-1, fmt::format("{} processes were in the middle of an epoch, {} would go on", at_.world, world_));
    const auto monitor = [](const Schedule& s) {
      return s.monitor ? fmt::format("{} ({})", s.monitor->metric, s.monitor->maximize ? "max" : "min") : "none";
    };
    if (monitor(a) != monitor(b)) add(-1, fmt::format("monitor was {}, is {}", monitor(a), monitor(b)));
    if (b.max_depth >= 0 && b.max_depth < at_.depth)
      add(-1, fmt::format("max_depth is {}, and the run is at depth {}", b.max_depth, at_.depth));
    // At the end of an epoch such a run can go on as if it had not ended.
    const bool only_short = at_.ended.starts_with("max_steps: ") && !at_.cut;
    if (!at_.ended.empty() && !only_short && a.max_steps != b.max_steps)
      add(-1, fmt::format("max_steps was {}, is {}, and the run has ended ({})", a.max_steps, b.max_steps, at_.ended));
    if (!at_.best_gone.empty() && b.restore_best)
      add(-1, fmt::format("the best epoch so far is in '{}', which is not there", at_.best_gone));
    if (b.compat_fts) first_optimizer();
    changed(-1, "restore_best", a.restore_best, b.restore_best);
    changed(-1, "compat = fts", a.compat_fts, b.compat_fts);
    changed_keys(-1, "", a.settings, b.settings, "");
  }

  // FTS makes the first phase's optimizer and loads the state of the present one into it.
  void first_optimizer() {
    const auto& phases = before_.schedule.phases;
    const Spec* present = nullptr;
    for (std::size_t d = 0; d <= static_cast<std::size_t>(at_.depth) && d < phases.size(); ++d) {
      if (phases[d].optimizer) present = &*phases[d].optimizer;
    }
    const auto& first = phases.front().optimizer;
    if (first && present != nullptr && present->name != first->name)
      add(at_.depth,
          fmt::format("compat = fts: a resumed run of FTS has '{}', and cannot load the state of '{}' into it",
                      first->name, present->name));
  }

  std::vector<std::string> names(const Plan& plan, const std::vector<std::uint32_t>& positions) const {
    std::vector<std::string> names;
    for (const auto position : positions) names.push_back(plan.parameters[position].name);
    std::sort(names.begin(), names.end());
    return names;
  }

  void selection(int depth, const std::string& what, const std::vector<std::uint32_t>& was,
                 const std::vector<std::uint32_t>& is) {
    const auto a = names(before_, was), b = names(now_, is);
    std::vector<std::string> lost, gained;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(lost));
    std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(gained));
    if (!lost.empty()) add(depth, fmt::format("{} has lost {}", what, brief(lost)));
    if (!gained.empty()) add(depth, fmt::format("{} has gained {}", what, brief(gained)));
  }

  void spec(int depth, const std::string& what, const std::optional<Spec>& was, const std::optional<Spec>& is) {
    const auto name = [](const std::optional<Spec>& s) { return s ? s->name : std::string("none"); };
    if (name(was) != name(is)) return add(depth, fmt::format("{} was {}, is {}", what, name(was), name(is)));
    if (was) changed_keys(depth, what + ": ", was->arguments, is->arguments, "");
  }

  void groups(int depth, const Phase& a, const Phase& b) {
    for (std::size_t i = 0; i < std::max(a.groups.size(), b.groups.size()); ++i) {
      if (i >= b.groups.size()) {
        add(depth, fmt::format("group '{}' is gone", a.groups[i].name));
      } else if (i >= a.groups.size()) {
        add(depth, fmt::format("group '{}' is new", b.groups[i].name));
      } else if (a.groups[i].name != b.groups[i].name) {
        add(depth, fmt::format("group '{}' was '{}'", b.groups[i].name, a.groups[i].name));
      } else {
        const auto what = fmt::format("group '{}'", a.groups[i].name);
        selection(depth, what, a.groups[i].parameters, b.groups[i].parameters);
        changed_keys(depth, what + ": ", a.groups[i].arguments, b.groups[i].arguments, "");
      }
    }
  }

  // The condition without its numbers: what the state of the phase machine is kept by.
  static std::string form(const Condition& c) {
    std::string text(word(c.kind));
    if (c.kind == Condition::Kind::plateau) text += " " + c.monitor.metric + (c.monitor.maximize ? " max" : " min");
    if (c.kind == Condition::Kind::metric) text += " " + c.monitor.metric;
    for (const auto& operand : c.operands) text += " (" + form(operand) + ")";
    return text;
  }

  void phase(std::size_t d) {
    const auto& a = before_.schedule.phases[d];
    const auto& b = now_.schedule.phases[d];
    const int depth = static_cast<int>(d);
    if (a.name != b.name) return add(depth, fmt::format("phase {} was '{}', is '{}'", depth, a.name, b.name));
    const auto what = fmt::format("phase '{}'", a.name);
    selection(depth, what + ": thaw", a.thaw, b.thaw);
    selection(depth, what + ": freeze", a.freeze, b.freeze);
    groups(depth, a, b);
    spec(depth, what + ": optimizer", a.optimizer, b.optimizer);
    spec(depth, what + ": lr_scheduler", a.lr_scheduler, b.lr_scheduler);
    if (depth == at_.depth && form(a.until) != form(b.until))
      add(depth, fmt::format("{}: until was {}, is {}", what, describe(a.until), describe(b.until)));
  }

  const ResumePoint& at_;
  const Plan& before_;
  const Plan& now_;
  int world_;
  std::vector<Obstacle> found_;
};

}  // namespace

tl::expected<ResumePoint, Error> read_resume_point(const std::string& path) {
  const auto file = [&](const char* name) { return (std::filesystem::path(path) / name).string(); };
  const auto text = graph::Bytes::map(file(checkpoint::kPlan));
  const auto state = graph::Bytes::map(file(checkpoint::kState));
  if (!text) return tl::unexpected(checkpoint::unreadable(path, text.error()));
  if (!state) return tl::unexpected(checkpoint::unreadable(path, state.error()));
  auto plan = from_json(text->view());
  if (!plan) return tl::unexpected(checkpoint::unreadable(path, plan.error().diagnostics.front().message));
  ResumePoint point{.plan = std::move(*plan), .ended = {}, .best_gone = {}};
  try {
    const auto values = json::parse(state->view());
    const auto& machine = values.at("machine");
    point.depth = machine.at("depth").get<int>();
    point.in_epoch = values.at("in_epoch").get<bool>();
    if (machine.at("ended").get<bool>()) point.ended = machine.at("end_reason").get<std::string>();
    point.world = values.value("world", 1);
    point.cut = values.value("cut", true);
    const auto best = std::filesystem::path(values.value("best_checkpoint", "")).filename();
    if (!best.empty() && !checkpoint::is_checkpoint(std::filesystem::absolute(path).parent_path() / best))
      point.best_gone = best;
  } catch (const json::exception& e) {
    return tl::unexpected(checkpoint::unreadable(path, fmt::format("'{}': {}", file(checkpoint::kState), e.what())));
  }
  return point;
}

std::vector<Obstacle> resume_obstacles(const ResumePoint& at, const Plan& now, int world) {
  return Comparison(at, now, world).run();
}

Error resume_error(const std::string& path, const std::vector<Obstacle>& obstacles) {
  auto error =
      make_error(Code::checkpoint_mismatch, fmt::format("the checkpoint '{}' cannot follow this plan", path),
                 "undo these changes, or start a new run; phases to come and the length of the run may change");
  auto& notes = error.diagnostics.front().notes;
  for (std::size_t i = 0; i < obstacles.size() && i < kMost; ++i) notes.push_back({obstacles[i].text, {}});
  if (obstacles.size() > kMost) notes.push_back({fmt::format("… and {} more", obstacles.size() - kMost), {}});
  return error;
}

}  // namespace fts::plan
