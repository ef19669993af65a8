#include <algorithm>

#include "compiler/plan/plan.hpp"

namespace fts::plan {

namespace {

using nlohmann::ordered_json;

ordered_json number_or_null(const nlohmann::json& arguments, const char* key) {
  const auto found = arguments.find(key);
  return found != arguments.end() && found->is_number() ? ordered_json(*found) : ordered_json(nullptr);
}

// Names of those positions that are no second name of a tied tensor.
ordered_json names(const Plan& plan, const std::vector<std::uint32_t>& positions) {
  ordered_json out = ordered_json::array();
  for (const std::uint32_t position : positions) {
    if (!plan.parameters[position].tied_to) out.push_back(plan.parameters[position].name);
  }
  return out;
}

ordered_json group(const Plan& plan, const Group& g, const Spec* optimizer) {
  const auto lr = number_or_null(g.arguments, "lr");
  const auto initial_lr = number_or_null(g.arguments, "initial_lr");
  return {{"name", g.name},
          {"parameters", names(plan, g.parameters)},
          {"lr", lr},
          {"initial_lr", initial_lr.is_null() ? lr : initial_lr},
          {"weight_decay", number_or_null(g.arguments, "weight_decay")},
          {"optimizer", optimizer != nullptr ? ordered_json(optimizer->name) : ordered_json(nullptr)}};
}

// The phase's own rate: that of the group that bears its name (or is its half without decay), else of its first group.
ordered_json rate(const Phase& phase) {
  const auto own = std::find_if(phase.groups.begin(), phase.groups.end(), [&](const Group& g) {
    return g.name == phase.name || g.name == phase.name + ".no_decay";
  });
  if (own != phase.groups.end()) return number_or_null(own->arguments, "lr");
  return phase.groups.empty() ? ordered_json(nullptr) : number_or_null(phase.groups.front().arguments, "lr");
}

std::vector<std::uint32_t> unscheduled(const Plan& plan) {
  std::vector<bool> thawed(plan.parameters.size(), false);
  for (const Phase& phase : plan.schedule.phases) {
    for (const std::uint32_t position : phase.thaw) thawed[position] = true;
  }
  std::vector<std::uint32_t> rest;
  for (std::uint32_t position = 0; position < plan.parameters.size(); ++position) {
    if (!thawed[position]) rest.push_back(position);
  }
  return rest;
}

}  // namespace

std::string summary_json(const Plan& plan) {
  ordered_json out = {{"version", 1}, {"model", plan.model}, {"phases", ordered_json::array()}};
  for (std::size_t i = 0; i < plan.schedule.phases.size(); ++i) {
    const Phase& phase = plan.schedule.phases[i];
    ordered_json groups = ordered_json::array();
    for (const Group& g : phase.groups) groups.push_back(group(plan, g, optimizer_in_force(plan.schedule, i)));
    out["phases"].push_back({{"depth", phase.depth},
                             {"name", phase.name},
                             {"thawed", names(plan, phase.thaw)},
                             {"max_transition_epoch", max_transition_epoch(phase.until)},
                             {"lr", rate(phase)},
                             {"groups", std::move(groups)}});
  }
  out["max_depth"] = plan.schedule.max_depth;
  out["epoch_watermark"] = epoch_watermark(plan.schedule);
  out["unscheduled"] = names(plan, unscheduled(plan));
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fts::plan
