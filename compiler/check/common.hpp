// What several checks need: names in a sentence, phases with their sets, the optimizer in force.
#pragma once
#include <string>
#include <vector>

#include "compiler/check/checks.hpp"

namespace fts::check {

// "3 parameters ('a', 'b', 'c')", "400 parameters ('a', 'b', 'c', …)".
[[nodiscard]] std::string in_words(const resolve::Set& parameters, const graph::ParamGraph& graph);

// What a phase thaws, without what the model's ties add.
[[nodiscard]] const resolve::Set& thawed(const Context& context, const resolve::Phase& phase);
[[nodiscard]] bool faulty(const Context& context, const resolve::Phase& phase);
// The place of `thaw = …` in the phase.
[[nodiscard]] Span thaw_span(const resolve::Phase& phase);

// The optimizer in force in each phase: its own, or the last one before it; null where the program brings its own.
[[nodiscard]] std::vector<const resolve::Spec*> optimizers_in_force(const resolve::Program& program);

// compat = fts: the run replays Python FTS, its quirks included.
[[nodiscard]] bool replays_fts(const resolve::Program& program);
[[nodiscard]] bool restores_best(const resolve::Program& program);
// An attribute's optimizer or scheduler; null: it has none.
[[nodiscard]] const resolve::Spec* spec_of(const resolve::Body& body, std::string_view name);

// How many parameter groups there may be in a phase, those of earlier phases included. FTS makes two of each phase
// where there is a no_decay, but not surely of phase 0.
struct GroupCount {
  static constexpr std::size_t kAny = ~std::size_t{0};
  std::size_t least = 0, most = kAny;
  [[nodiscard]] bool holds(std::size_t count) const { return count >= least && count <= most; }
};
[[nodiscard]] std::vector<GroupCount> group_counts(const Context& context);
// The same where the program brings its own optimizer, with as many groups as it likes.
[[nodiscard]] std::vector<GroupCount> group_counts_with_own(const Context& context);
// "2", "2 or 4", "at least 2".
[[nodiscard]] std::string in_words(const GroupCount& count);

// The elements of a list that a spec was given; null: it was given none, or no list.
[[nodiscard]] const std::vector<resolve::Value>* given_list(const resolve::Spec& spec, std::string_view name);

// The conditions of an until tree, flat.
void leaves(const resolve::Condition& condition, std::vector<const resolve::Condition*>& into);
// The epoch(n) that ends a phase by itself (directly, or as one of an `or`); null: none.
[[nodiscard]] const resolve::Condition* epoch_limit(const resolve::Phase& phase);

}  // namespace fts::check
