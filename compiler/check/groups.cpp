// The groups of a phase are disjoint and inside what it thaws.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

void check_phase(const Context& context, const resolve::Phase& phase, const resolve::Body& groups) {
  const auto& selections = context.program.selections;
  resolve::Set grouped(context.graph.parameter_count());
  for (std::size_t later = 0; later < groups.rules.size(); ++later) {
    const auto& rule = groups.rules[later];
    const resolve::Set& set = selections.set(rule.selection);
    if (selections.faulty(rule.selection) || faulty(context, phase)) continue;
    if (set.empty()) {
      context.diagnostics.report(Code::empty_selection, rule.span, "this group is empty").help = "leave it out";
    }
    const resolve::Set outside = set - thawed(context, phase);
    if (!outside.empty()) {
      context.diagnostics
          .report(Code::group_outside_phase, rule.span,
                  fmt::format("the group holds {} that phase '{}' does not thaw", in_words(outside, context.graph),
                              phase.name))
          .help = "a group divides what its phase thaws; intersect it with `& …`, or thaw them here";
    }
    const bool overlaps = !(grouped & set).empty();
    grouped |= set;
    for (std::size_t earlier = 0; overlaps && earlier < later; ++earlier) {
      const resolve::Set both = set & selections.set(groups.rules[earlier].selection);
      if (both.empty()) continue;
      auto& d = context.diagnostics.report(Code::group_outside_phase, rule.span,
                                           fmt::format("two groups hold {}", in_words(both, context.graph)));
      d.notes.push_back({"the other group", groups.rules[earlier].span});
      d.help = "groups do not override each other: take them out of one with `- …`";
      break;
    }
  }
}

}  // namespace

void groups(const Context& context) {
  for (const auto& phase : context.program.phases) {
    if (const auto* groups = phase.body->body("groups")) check_phase(context, phase, *groups);
  }
}

}  // namespace fts::check
