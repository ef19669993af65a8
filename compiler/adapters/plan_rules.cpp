// The rules of fsdp_plan among each other: each module by one rule, children before parents, no module that is never
// called, no rule that takes a module and all that is inside it.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

using resolve::Body;

void twice(const StrategyContext& context, const Body& plan, const EntryFaults::Twice& fault) {
  auto& d = context.report_lenient(
      Code::rule_overlap, plan.rules[fault.second].span,
      fmt::format("{} {} matched by two rules{}", modules_in_words(context.graph(), fault.modules),
                  fault.modules.size() == 1 ? "is" : "are", context.compat() ? "; the last one holds" : ""));
  d.notes.push_back({"the other rule", plan.rules[fault.first].span});
  d.help = "take them out of one of the two, with `- …`";
}

void container(const StrategyContext& context, const Body& plan, const EntryFaults::Container& fault) {
  const auto type = context.graph().module(fault.modules.front()).type;
  context
      .report_lenient(Code::container_unit, plan.rules[fault.entry].span,
                      fmt::format("{} is a {}, which is never called: it cannot be a unit, and the rule does nothing",
                                  modules_in_words(context.graph(), fault.modules), type))
      .help = fmt::format("select the modules in it: \"{}.*\"", context.graph().module(fault.modules.front()).name);
}

void late(const StrategyContext& context, const Body& plan, const EntryFaults::Late& fault) {
  const auto& graph = context.graph();
  const std::string around = modules_in_words(graph, fault.around);
  const std::string inside = modules_in_words(graph, fault.modules);
  if (fault.entry == fault.around_entry) {
    auto& d = context.report_lenient(Code::takes_submodules, plan.rules[fault.entry].span,
                                     fmt::format("the rule takes {} and also what is inside {}: {}", around,
                                                 fault.around.size() == 1 ? "it" : "them", inside));
    d.help = context.compat() ? "a regex goes on behind what it says: end it with $, where the module's name ends"
                              : "a pattern matches whole names: end it where the module's name ends";
    d.help += "; units inside units need rules of their own, before this one";
    return;
  }
  auto& d = context.report_lenient(
      Code::parent_first, plan.rules[fault.entry].span,
      fmt::format("{} {} sharded after {}, which {} around {}", inside, fault.modules.size() == 1 ? "is" : "are",
                  around, fault.around.size() == 1 ? "is" : "are", fault.modules.size() == 1 ? "it" : "them"));
  d.notes.push_back({"the rule of the module around", plan.rules[fault.around_entry].span});
  d.help = "children come before parents: move this rule up, before the other";
}

}  // namespace

void plan_rules(const StrategyContext& context) {
  const auto* plan = body_setting(context.strategy, "fsdp_plan");
  if (plan == nullptr) return;
  for (const auto& fault : context.layout.faults.twice) twice(context, *plan, fault);
  for (const auto& fault : context.layout.faults.containers) container(context, *plan, fault);
  for (const auto& fault : context.layout.faults.late) late(context, *plan, fault);
}

}  // namespace fts::adapters
