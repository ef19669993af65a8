#include "compiler/check/common.hpp"

#include <algorithm>
#include <optional>

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

namespace {

// The phase's groups, as lower makes them: each of `groups` and what is left, without the empty ones.
std::vector<resolve::Set> parts_of(const Context& context, const resolve::Phase& phase) {
  resolve::Set left = resolve::with_ties(thawed(context, phase), context.graph);
  std::vector<resolve::Set> parts;
  if (const auto* groups = phase.body->body("groups")) {
    for (const auto& rule : groups->rules) {
      const auto& selected = context.program.selections.set(rule.selection);
      parts.push_back(resolve::with_ties(selected, context.graph) & left);
      left -= parts.back();
    }
  }
  parts.push_back(std::move(left));
  std::erase_if(parts, [](const auto& part) { return part.empty(); });
  return parts;
}

}  // namespace

std::vector<GroupCount> group_counts(const Context& context) {
  const auto& program = context.program;
  const bool fts = replays_fts(program);
  const auto no_decay = program.schedule->selection("no_decay");
  std::optional<resolve::Set> split;
  if (no_decay) split = resolve::with_ties(program.selections.set(*no_decay), context.graph);
  std::vector<GroupCount> counts;
  GroupCount now{0, 0};
  for (const auto& phase : program.phases) {
    for (const auto& part : parts_of(context, phase)) {
      const bool halves = split && !(part & *split).empty() && !(part - *split).empty();
      now.least += (fts ? split && !counts.empty() : halves) ? 2 : 1;
      now.most += (fts ? split.has_value() : halves) ? 2 : 1;
    }
    counts.push_back(now);
  }
  return counts;
}

std::vector<GroupCount> group_counts_with_own(const Context& context) {
  auto counts = group_counts(context);
  if (spec_of(*context.program.schedule, "optimizer") != nullptr) return counts;
  const std::size_t first = counts.empty() ? 0 : counts.front().least;
  for (auto& count : counts) count = {count.least - first + 1, GroupCount::kAny};
  return counts;
}

std::string in_words(const GroupCount& count) {
  if (count.most == GroupCount::kAny) return fmt::format("at least {}", count.least);
  if (count.least == count.most) return std::to_string(count.least);
  return fmt::format("{} {} {}", count.least, count.most == count.least + 1 ? "or" : "to", count.most);
}

const std::vector<resolve::Value>* given_list(const resolve::Spec& spec, std::string_view name) {
  const auto* value = spec.arguments.given(name);
  const auto* list = value == nullptr ? nullptr : value->as<resolve::ListValue>();
  return list == nullptr ? nullptr : &list->elements;
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
