// A flat parameter trains as a whole: with use_orig_params = false, what a unit holds must thaw (and freeze) together.
// With use_orig_params = true it may mix, but its gradient is as large as the whole unit.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

// Phase of thawing and of freezing.
using Trains = std::pair<std::uint32_t, std::uint32_t>;
using Parts = std::map<Trains, std::vector<ParamId>>;

Parts parts_of(const StrategyContext& context, const Unit& unit) {
  Parts parts;
  for (const ParamId p : unit.parameters) {
    parts[{context.training.thawed_in[p], context.training.frozen_in[p]}].push_back(p);
  }
  return parts;
}

std::string when(const StrategyContext& context, const Trains& trains) {
  if (trains.first == kNone) return "no phase thaws";
  const auto& phases = context.training.phases;
  std::string words = fmt::format("phase '{}' thaws", phases[trains.first]);
  if (trains.second != kNone) words += fmt::format(" and phase '{}' freezes again", phases[trains.second]);
  return words;
}

std::string in_words(const StrategyContext& context, const Parts& parts) {
  std::string words;
  std::size_t i = 0;
  for (const auto& [trains, parameters] : parts) {
    if (i++ != 0) words += i == parts.size() ? " and " : ", ";
    words += parameters_in_words(context.graph(), parameters) + " that " + when(context, trains);
  }
  return words;
}

// `awp_overrides = […]` as it would be with these modules too; empty: nothing mends it.
std::string mending_line(const StrategyContext& context, const std::vector<ModuleId>& modules) {
  constexpr std::size_t kNamed = 8;
  std::string names;
  for (std::size_t i = 0; i < std::min(kNamed, modules.size()); ++i) {
    names += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", context.graph().module(modules[i]).name);
  }
  if (modules.size() > kNamed) names += fmt::format(", … ({} more)", modules.size() - kNamed);
  return names;
}

// Units that mix the same phases, made by the same entry: one cause.
using Cause = std::tuple<Origin::Kind, std::size_t, bool, std::vector<Trains>>;
Cause cause_of(const StrategyContext& context, std::uint32_t u, const Parts& parts) {
  std::vector<Trains> all;
  for (const auto& [trains, parameters] : parts) all.push_back(trains);
  const auto& origin = context.layout.units[u].origin;
  return {origin.kind, origin.entry, mending_overrides(context, u).empty(), std::move(all)};
}

// What mends all of them; empty: wrapping does not help.
std::vector<ModuleId> mending_all(const StrategyContext& context, const std::vector<std::uint32_t>& units) {
  std::vector<ModuleId> all;
  for (const std::uint32_t u : units) {
    for (const ModuleId m : mending_overrides(context, u)) {
      if (std::find(all.begin(), all.end(), m) == all.end()) all.push_back(m);
    }
  }
  return all;
}

std::string and_others(const StrategyContext& context, const std::vector<std::uint32_t>& units) {
  if (units.size() == 1) return {};
  std::vector<ModuleId> others;
  for (std::size_t i = 1; i < units.size(); ++i) others.push_back(context.layout.units[units[i]].module);
  return fmt::format("; so do{} {}", others.size() == 1 ? "es" : "", modules_in_words(context.graph(), others));
}

void straddle(const StrategyContext& context, const std::vector<std::uint32_t>& units) {
  const Unit& unit = context.layout.units[units.front()];
  const Parts parts = parts_of(context, unit);
  auto& d = context.check.diagnostics.report(
      Code::flat_unit_straddles, origin_span(context, unit),
      fmt::format("{} is one flat parameter, but holds {}{}", unit_in_words(context, unit), in_words(context, parts),
                  and_others(context, units)));
  for (const auto& [trains, parameters] : parts) {
    if (trains.first >= context.check.program.phases.size()) continue;
    const auto& phase = context.check.program.phases[trains.first];
    d.notes.push_back({fmt::format("phase '{}'", phase.name), phase.body->value("thaw")->span});
  }
  const auto modules = mending_all(context, units);
  if (modules.empty()) {
    d.help = "one module holds parameters of both: name them in one phase, or write use_orig_params = true";
    return;
  }
  const bool more = !override_entries(context.strategy).empty();
  const std::string names = mending_line(context, modules);
  d.help = more ? fmt::format("add them to the overrides: awp_overrides = […, {}]", names)
                : fmt::format("make units of their own: awp_overrides = [{}]", names);
  const auto* list = setting(context.strategy, "awp_overrides");
  if (more && modules.size() <= 8 && list->span.end > list->span.begin) {
    d.fixes.push_back({{list->span.file, list->span.end - 1, list->span.end - 1}, ", " + names, false});
  }
}

// The elements whose gradient is reduced although they are frozen, in the phase where they are most.
std::pair<double, std::uint32_t> extra_bytes(const StrategyContext& context, const Parts& parts) {
  std::pair<double, std::uint32_t> most{0, 0};
  for (std::uint32_t phase = 0; phase < context.training.phases.size(); ++phase) {
    double frozen = 0;
    bool trains = false;
    for (const auto& [when, parameters] : parts) {
      const bool now = when.first <= phase && when.second > phase;
      trains = trains || now;
      for (const ParamId p : parameters) {
        const auto parameter = context.graph().parameter(p);
        if (!now) frozen += static_cast<double>(parameter.numel) * static_cast<double>(size_of(parameter.dtype));
      }
    }
    if (trains && frozen > most.first) most = {frozen, phase};
  }
  return most;
}

}  // namespace

void flat_alignment(const StrategyContext& context) {
  if (!context.training.known || !context.layout.known) return;
  const bool views = flag_setting(context.strategy, "use_orig_params", false);
  std::map<Cause, std::vector<std::uint32_t>> straddling;
  double extra = 0;
  std::vector<std::string> mixed;
  const Unit* first = nullptr;
  for (std::uint32_t u = 0; u < context.layout.units.size(); ++u) {
    const Unit& unit = context.layout.units[u];
    const Parts parts = parts_of(context, unit);
    if (parts.size() < 2) continue;
    if (!views) {
      straddling[cause_of(context, u, parts)].push_back(u);
      continue;
    }
    const auto [bytes, phase] = extra_bytes(context, parts);
    if (bytes == 0) continue;
    extra += bytes;
    if (first == nullptr) first = &unit;
    mixed.push_back(fmt::format("{} holds {}; {} of gradient for frozen parameters in phase '{}'",
                                unit_in_words(context, unit), in_words(context, parts), bytes_in_words(bytes),
                                context.training.phases[phase]));
  }
  for (const auto& [cause, units] : straddling) straddle(context, units);
  if (first == nullptr) return;
  auto& d = context.check.diagnostics.report(
      Code::flat_unit_mixes, origin_span(context, *first),
      fmt::format("{} {} parameters that train and such that do not: up to {} of gradients that nothing uses",
                  mixed.size() == 1 ? unit_in_words(context, *first) : fmt::format("{} units", mixed.size()),
                  mixed.size() == 1 ? "mixes" : "mix", bytes_in_words(extra)));
  for (std::size_t i = 0; i < std::min<std::size_t>(3, mixed.size()); ++i) d.notes.push_back({mixed[i], {}});
  if (mixed.size() > 3) d.notes.push_back({fmt::format("{} more units like these", mixed.size() - 3), {}});
  d.help = "units that follow the phases (awp_overrides) save them";
}

}  // namespace fts::adapters
