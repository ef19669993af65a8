#include "compiler/lower/lower.hpp"

#include <algorithm>
#include <array>

#include "compiler/lower/parts.hpp"

namespace fts::lower {

namespace {

using resolve::Body;

const resolve::Spec* spec_of(const Body& body, std::string_view name) {
  const auto* value = body.value(name);
  return value == nullptr ? nullptr : value->as<resolve::Spec>();
}

const Body& schedule_of(const resolve::Program& program) {
  static const Body kEmpty;
  return program.schedule == nullptr ? kEmpty : *program.schedule;
}

// The schedule's attributes that have no field of their own in the plan.
nlohmann::json settings_of(const Body& schedule, const resolve::Program& program, const graph::ParamGraph& graph) {
  static constexpr std::array<std::string_view, 10> kOwnField = {
      "monitor",   "optimizer", "lr_scheduler", "no_decay", "max_epochs",
      "max_steps", "max_depth", "restore_best", "compat",   "phase"};
  Body left;
  for (const auto& entry : schedule.entries) {
    if (std::find(kOwnField.begin(), kOwnField.end(), entry.name) == kOwnField.end()) left.entries.push_back(entry);
  }
  return lower_settings(left, program, graph);
}

std::optional<plan::Monitor> monitor_of(const Body& schedule) {
  const auto* value = schedule.value("monitor");
  const auto* metric = value == nullptr ? nullptr : value->as<resolve::Metric>();
  return metric == nullptr ? std::nullopt : std::optional(lower_monitor(*metric));
}

// What watches a metric watches the schedule's, in its mode, unless it says another.
plan::Spec lower_scheduler(const resolve::Spec& spec, const std::optional<plan::Monitor>& monitor) {
  auto scheduler = lower_spec(spec);
  if (scheduler.name != "reduce_on_plateau" || !monitor || spec.arguments.given("monitor") != nullptr) return scheduler;
  scheduler.arguments["monitor"] = monitor->metric;
  if (spec.arguments.given("mode") == nullptr) scheduler.arguments["mode"] = monitor->maximize ? "max" : "min";
  return scheduler;
}

std::vector<plan::Phase> phases_of(GroupContext context, const Body& schedule,
                                   const std::optional<plan::Monitor>& monitor) {
  std::optional<plan::Spec> in_force;
  if (const auto* optimizer = spec_of(schedule, "optimizer")) in_force = lower_spec(*optimizer);
  // FTS lets `reinit_optim_cfg` win over the phases' own optimizers; elsewhere it is of implicit schedules only.
  const auto* reinit = context.compat_fts ? spec_of(schedule, "reinit_optim_cfg") : nullptr;
  std::vector<plan::Phase> phases;
  for (const auto& written : context.program->phases) {
    plan::Phase phase;
    phase.depth = static_cast<int>(phases.size());
    phase.name = written.name;
    phase.thaw = with_ties(context.program->selections.set(written.thaw), *context.graph).members();
    if (written.freeze)
      phase.freeze = with_ties(context.program->selections.set(*written.freeze), *context.graph).members();
    const auto* own = spec_of(*written.body, "optimizer");
    if (reinit != nullptr && phase.depth > 0) own = reinit;
    if (own != nullptr) in_force = lower_spec(*own);
    if (own != nullptr || (phase.depth == 0 && in_force)) phase.optimizer = in_force;
    if (const auto* scheduler = spec_of(*written.body, "lr_scheduler"))
      phase.lr_scheduler = lower_scheduler(*scheduler, monitor);
    const auto* until = written.body->value("until");
    phase.until = lower_until(until == nullptr ? nullptr : until->as<resolve::Condition>(), monitor);
    context.optimizer = in_force ? &*in_force : nullptr;
    context.new_optimizer_lr = !context.compat_fts && own != nullptr && own->arguments.given("lr") != nullptr;
    phase.groups = lower_groups(context, written, phase.depth);
    phases.push_back(std::move(phase));
  }
  if (!phases.empty()) return phases;
  context.optimizer = in_force ? &*in_force : nullptr;
  std::optional<plan::Spec> every_phase;
  if (const auto* optimizer = spec_of(schedule, "reinit_optim_cfg")) {
    every_phase = lower_spec(*optimizer);
    context.reinit_optimizer = &*every_phase;
    context.new_optimizer_lr = !context.compat_fts && optimizer->arguments.given("lr") != nullptr;
  }
  phases = implicit_phases(context, monitor);
  const auto* scheduler = spec_of(schedule, "reinit_lr_cfg");
  for (auto& phase : phases) {
    phase.optimizer = phase.depth == 0 ? in_force : every_phase;
    if (phase.depth > 0 && scheduler != nullptr) phase.lr_scheduler = lower_scheduler(*scheduler, monitor);
  }
  return phases;
}

plan::Schedule lower_schedule(const resolve::Program& program, const graph::ParamGraph& graph) {
  const Body& body = schedule_of(program);
  plan::Schedule schedule;
  schedule.monitor = monitor_of(body);
  schedule.max_epochs = static_cast<int>(body.integer("max_epochs").value_or(-1));
  schedule.max_steps = body.integer("max_steps").value_or(-1);
  schedule.restore_best = body.boolean("restore_best").value_or(true);
  schedule.compat_fts = body.text("compat").has_value();
  schedule.implicit = program.phases.empty();
  schedule.settings = settings_of(body, program, graph);

  GroupContext context{.program = &program,
                       .graph = &graph,
                       .compat_fts = schedule.compat_fts,
                       .base_max_lr = body.number("base_max_lr").value_or(1e-5)};
  if (const auto no_decay = body.selection("no_decay"))
    context.no_decay = with_ties(program.selections.set(*no_decay), graph);
  schedule.phases = phases_of(context, body, schedule.monitor);
  if (const auto* scheduler = spec_of(body, "lr_scheduler"); scheduler != nullptr && !schedule.phases.empty()) {
    if (!schedule.phases.front().lr_scheduler)
      schedule.phases.front().lr_scheduler = lower_scheduler(*scheduler, schedule.monitor);
  }
  const auto last = static_cast<int>(schedule.phases.size()) - 1;
  const auto depth = static_cast<int>(body.integer("max_depth").value_or(-1));
  schedule.max_depth = depth < 0 ? last : std::min(depth, last);
  return schedule;
}

// What was written in the adapter's own braces; the strategy's body has its attributes with their defaults already.
Body given_of(const resolve::Spec& adapter) {
  Body given;
  for (const auto& entry : adapter.arguments.entries) {
    if (entry.given) given.entries.push_back(entry);
  }
  return given;
}

std::vector<plan::Strategy> lower_strategies(const resolve::Program& program, const graph::ParamGraph& graph,
                                             const std::string& picked) {
  std::vector<plan::Strategy> all;
  for (const auto& s : program.strategies) {
    if (!picked.empty() && s.name != picked) continue;
    nlohmann::json settings = lower_settings(*s.body, program, graph);
    settings.erase("adapter");
    settings.update(lower_settings(given_of(*s.adapter), program, graph));
    all.push_back({s.name, s.adapter->schema->name, std::move(settings)});
  }
  if (all.empty()) all.push_back({"base", "base", nlohmann::json::object()});
  return all;
}

}  // namespace

plan::Plan lower(const resolve::Program& program, const graph::ParamGraph& graph, const std::string& strategy) {
  plan::Plan plan;
  plan.model = std::string(graph.model());
  plan.graph_fingerprint = graph.fingerprint();
  plan.parameters = plan::parameters_of(graph);
  plan.schedule = lower_schedule(program, graph);
  plan.strategies = lower_strategies(program, graph, strategy);
  return plan;
}

}  // namespace fts::lower
