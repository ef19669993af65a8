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

// The conditions of an until tree, flat.
void leaves(const resolve::Condition& condition, std::vector<const resolve::Condition*>& into);
// The epoch(n) that ends a phase by itself (directly, or as one of an `or`); null: none.
[[nodiscard]] const resolve::Condition* epoch_limit(const resolve::Phase& phase);

}  // namespace fts::check
