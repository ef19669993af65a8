// Parameter groups: a phase's `groups` and the remainder, each split in two where no_decay says so (as FTS does).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/lower/parts.hpp"

namespace fts::lower {

namespace {

using resolve::Set;

// The part of a phase's parameters that share settings.
struct Part {
  std::string name;
  Set parameters;
  const resolve::Body* own = nullptr;  // a group's settings; null: the phase's alone
};

constexpr std::array<std::string_view, 6> kPhaseAttributes = {"thaw",         "freeze", "optimizer",
                                                              "lr_scheduler", "until",  "groups"};

void add_given(const resolve::Body& body, nlohmann::json& arguments, bool drop_lr = false) {
  for (const auto& entry : body.entries) {
    const bool of_phase =
        std::find(kPhaseAttributes.begin(), kPhaseAttributes.end(), entry.name) != kPhaseAttributes.end();
    if (entry.given && !of_phase && !(drop_lr && entry.name == "lr"))
      arguments[entry.name] = resolve::to_json(*entry.value);
  }
}

nlohmann::json arguments_of(const GroupContext& context, const resolve::Body& phase, const Part& part, int depth) {
  nlohmann::json arguments = nlohmann::json::object();
  const bool from_optimizer = depth == 0 || context.new_optimizer_lr;
  if (context.optimizer != nullptr) {
    if (from_optimizer) arguments["lr"] = context.optimizer->arguments.at("lr");
    if (context.optimizer->arguments.contains("weight_decay"))
      arguments["weight_decay"] = context.optimizer->arguments.at("weight_decay");
  }
  if (!from_optimizer) arguments["lr"] = context.base_max_lr;
  add_given(phase, arguments, depth == 0 && context.compat_fts);  // FTS drops phase 0's
  if (part.own != nullptr) add_given(*part.own, arguments);
  return arguments;
}

std::vector<Part> parts_of(const GroupContext& context, const resolve::Phase& phase) {
  const auto& selections = context.program->selections;
  Set left = first_names(with_ties(selections.set(phase.thaw), *context.graph), *context.graph);
  std::vector<Part> parts;
  if (const auto* groups = phase.body->body("groups")) {
    for (std::size_t i = 0; i < groups->rules.size(); ++i) {
      const auto& rule = groups->rules[i];
      const Set set = first_names(with_ties(selections.set(rule.selection), *context.graph), *context.graph) & left;
      left -= set;
      parts.push_back({fmt::format("{}.{}", phase.name, i), set, rule.value->as<resolve::Body>()});
    }
  }
  parts.push_back({phase.name, left, nullptr});
  return parts;
}

}  // namespace

Set first_names(const Set& parameters, const graph::ParamGraph& graph) {
  Set later(parameters.universe());
  for (const auto p : graph.tied()) later.insert(p);
  return parameters - later;
}

std::vector<plan::Group> lower_groups(const GroupContext& context, const resolve::Phase& phase, int depth) {
  std::vector<plan::Group> groups;
  const bool keep_empty = context.compat_fts && context.no_decay;  // FTS adds both halves in any case
  const auto add = [&](std::string name, const Set& parameters, nlohmann::json arguments) {
    if (!parameters.empty() || keep_empty)
      groups.push_back({std::move(name), parameters.members(), std::move(arguments)});
  };
  for (const auto& part : parts_of(context, phase)) {
    nlohmann::json arguments = arguments_of(context, *phase.body, part, depth);
    if (!context.no_decay) {
      add(part.name, part.parameters, std::move(arguments));
      continue;
    }
    add(part.name, part.parameters - *context.no_decay, arguments);
    arguments["weight_decay"] = 0.0;
    add(part.name + ".no_decay", part.parameters & *context.no_decay, std::move(arguments));
  }
  return groups;
}

}  // namespace fts::lower
