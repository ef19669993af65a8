#include "compiler/adapters/strategy.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace fts::adapters {

namespace {

constexpr std::size_t kShown = 3;

// The default schedule: two tensors a phase, the last first.
void implicit_phases(const graph::ParamGraph& graph, Training& training) {
  std::uint32_t tensors = 0;
  for (ParamId p = static_cast<ParamId>(graph.parameter_count()); p-- > 0;) {
    if (graph.parameter(p).tied_to == kNone) training.thawed_in[p] = tensors++ / 2;
  }
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto first = graph.parameter(p).tied_to;
    if (first != kNone) training.thawed_in[p] = training.thawed_in[first];
  }
  for (std::uint32_t phase = 0; phase * 2 < tensors; ++phase) training.phases.push_back(fmt::format("phase_{}", phase));
}

bool all_phases_readable(const resolve::Program& program) {
  if (program.schedule == nullptr) return true;
  const auto& entries = program.schedule->entries;
  const auto written = std::count_if(entries.begin(), entries.end(), [](const auto& e) { return e.name == "phase"; });
  return static_cast<std::size_t>(written) == program.phases.size();
}

template <typename Id, typename NameOf>
std::string in_words(const std::vector<Id>& all, std::string_view noun, NameOf name) {
  if (all.size() == 1) return name(all.front());
  std::string names;
  for (std::size_t i = 0; i < std::min(kShown, all.size()); ++i) names += (i == 0 ? "" : ", ") + name(all[i]);
  return fmt::format("{} {}s ({}{})", all.size(), noun, names, all.size() > kShown ? ", …" : "");
}

}  // namespace

Training training_of(const check::Context& context) {
  const auto& program = context.program;
  const std::size_t count = context.graph.parameter_count();
  Training training{.thawed_in = std::vector<std::uint32_t>(count, kNone),
                    .frozen_in = std::vector<std::uint32_t>(count, kNone)};
  training.known = all_phases_readable(program);
  if (program.phases.empty()) implicit_phases(context.graph, training);
  for (std::uint32_t i = 0; i < program.phases.size(); ++i) {
    const auto& phase = program.phases[i];
    training.phases.push_back(phase.name);
    training.known = training.known && !program.selections.faulty(phase.thaw);
    for (const auto p : with_ties(program.selections.set(phase.thaw), context.graph).members()) {
      if (training.thawed_in[p] == kNone) training.thawed_in[p] = i;
    }
    if (!phase.freeze) continue;
    for (const auto p : with_ties(program.selections.set(*phase.freeze), context.graph).members()) {
      training.frozen_in[p] = i;
    }
  }
  return training;
}

bool is_compat(const check::Context& context) {
  return context.program.schedule != nullptr && context.program.schedule->text("compat").has_value();
}

Diagnostic& StrategyContext::report_lenient(Code code, Span span, std::string message) const {
  auto& d = check.diagnostics.report(code, span, std::move(message));
  if (compat()) d.severity = Severity::warning;
  return d;
}

void run_checks(std::span<const StrategyCheck> checks, const check::Context& context, const resolve::Strategy& strategy,
                const Layout& layout) {
  const Training training = training_of(context);
  const StrategyContext all{context, strategy, training, layout};
  for (const auto& check : checks) check.run(all);
}

const resolve::Value* setting(const resolve::Strategy& strategy, std::string_view name) {
  const auto* own = strategy.adapter->arguments.given(name);
  const auto* value = own != nullptr ? own : strategy.body->value(name);
  return value == nullptr || value->poisoned() ? nullptr : value;
}

const resolve::Body* body_setting(const resolve::Strategy& strategy, std::string_view name) {
  const auto* value = setting(strategy, name);
  return value == nullptr ? nullptr : value->as<resolve::Body>();
}

bool flag_setting(const resolve::Strategy& strategy, std::string_view name, bool fallback) {
  const auto* value = setting(strategy, name);
  const auto* flag = value == nullptr ? nullptr : value->as<bool>();
  return flag == nullptr ? fallback : *flag;
}

bool is_container(const graph::Module& module) { return module.type == "ModuleList" || module.type == "ModuleDict"; }

bool is_within(const graph::ParamGraph& graph, ModuleId inner, ModuleId outer) {
  while (inner > outer) inner = graph.module(inner).parent;  // a parent stands before its children; the root is 0
  return inner == outer;
}

void assign_parameters(const graph::ParamGraph& graph, const resolve::Set& ignored, Layout& layout) {
  layout.unit_at.assign(graph.module_count(), kNone);
  for (std::uint32_t u = 0; u < layout.units.size(); ++u) layout.unit_at[layout.units[u].module] = u;
  for (ModuleId m = 1; m < graph.module_count(); ++m) {
    const std::uint32_t around = layout.unit_at[graph.module(m).parent];
    if (layout.unit_at[m] == kNone) {
      layout.unit_at[m] = around;
    } else {
      layout.units[layout.unit_at[m]].outermost = around == kNone;
    }
  }
  if (layout.unit_at[0] != kNone) layout.units[layout.unit_at[0]].outermost = true;
  layout.unit_of.assign(graph.parameter_count(), kNone);
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    const bool scalar = parameter.shape_known && parameter.shape.empty();  // it has nothing to shard
    if (ignored.contains(p) || scalar) continue;
    layout.unit_of[p] = layout.unit_at[parameter.module];
    if (layout.unit_of[p] == kNone || parameter.tied_to != kNone) continue;
    auto& unit = layout.units[layout.unit_of[p]];
    unit.parameters.push_back(p);
    unit.numel += parameter.numel;
  }
}

std::string name_of_module(const graph::ParamGraph& graph, ModuleId module) {
  return module == 0 ? "the root" : fmt::format("'{}'", graph.module(module).name);
}

std::string modules_in_words(const graph::ParamGraph& graph, const std::vector<ModuleId>& modules) {
  return in_words(modules, "module", [&](ModuleId m) { return name_of_module(graph, m); });
}

std::string parameters_in_words(const graph::ParamGraph& graph, const std::vector<ParamId>& parameters) {
  return in_words(parameters, "parameter", [&](ParamId p) { return fmt::format("'{}'", graph.parameter(p).name); });
}

std::string bytes_in_words(double bytes) {
  constexpr std::string_view kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  return unit == 0 ? fmt::format("{:.0f} bytes", bytes) : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

}  // namespace fts::adapters
