#include "compiler/check/common.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace fts::check {

std::string in_words(const resolve::Set& parameters, const graph::ParamGraph& graph) {
  constexpr std::size_t kShown = 3;
  const auto members = parameters.members();
  std::string names;
  for (std::size_t i = 0; i < std::min(kShown, members.size()); ++i) {
    names += fmt::format("{}'{}'", i == 0 ? "" : ", ", graph.parameter(members[i]).name);
  }
  if (members.size() > kShown) names += ", …";
  return fmt::format("{} parameter{} ({})", members.size(), members.size() == 1 ? "" : "s", names);
}

const resolve::Set& thawed(const Context& context, const resolve::Phase& phase) {
  return context.program.selections.set(phase.thaw);
}

bool faulty(const Context& context, const resolve::Phase& phase) {
  return context.program.selections.faulty(phase.thaw);
}

Span thaw_span(const resolve::Phase& phase) { return phase.body->value("thaw")->span; }

bool replays_fts(const resolve::Program& program) {
  return program.schedule != nullptr && program.schedule->text("compat").has_value();
}

bool restores_best(const resolve::Program& program) { return program.schedule->boolean("restore_best").value_or(true); }

const resolve::Spec* spec_of(const resolve::Body& body, std::string_view name) {
  const auto* value = body.value(name);
  return value == nullptr ? nullptr : value->as<resolve::Spec>();
}

std::vector<GroupCount> group_counts(const Context& context) {
  const auto& program = context.program;
  const bool fts = replays_fts(program);
  const auto no_decay = program.schedule->selection("no_decay");
  std::vector<GroupCount> counts;
  GroupCount now;
  for (const auto& phase : program.phases) {
    const auto& all = thawed(context, phase);
    const auto* groups = phase.body->body("groups");
    const std::size_t parts = all.empty() ? 0 : 1 + (groups == nullptr ? 0 : groups->rules.size());
    const bool splits = no_decay && (fts || !(all & program.selections.set(*no_decay)).empty());
    now.least += splits && fts && !counts.empty() ? 2 * parts : parts;
    now.most += splits ? 2 * parts : parts;
    counts.push_back(now);
  }
  return counts;
}

std::vector<const resolve::Spec*> optimizers_in_force(const resolve::Program& program) {
  const resolve::Spec* now = spec_of(*program.schedule, "optimizer");
  std::vector<const resolve::Spec*> all;
  for (const auto& phase : program.phases) {
    if (const auto* own = spec_of(*phase.body, "optimizer")) now = own;
    all.push_back(now);
  }
  return all;
}

void leaves(const resolve::Condition& condition, std::vector<const resolve::Condition*>& into) {
  if (condition.operands.empty()) into.push_back(&condition);
  for (const auto& operand : condition.operands) leaves(operand, into);
}

const resolve::Condition* epoch_limit(const resolve::Phase& phase) {
  using Kind = resolve::Condition::Kind;
  const auto* until = phase.body->value("until");
  const auto* condition = until == nullptr ? nullptr : until->as<resolve::Condition>();
  if (condition == nullptr) return nullptr;
  if (condition->kind == Kind::epoch) return condition;
  if (condition->kind != Kind::any) return nullptr;
  for (const auto& operand : condition->operands) {
    if (operand.kind == Kind::epoch) return &operand;
  }
  return nullptr;
}

}  // namespace fts::check
