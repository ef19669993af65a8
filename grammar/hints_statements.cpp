// Hints for let, for, use and input.
#include "grammar/hints.hpp"
#include "grammar/tokens.hpp"

namespace fts::grammar::hints {

void name(Explanation& e) { e.diagnostic.help = "a name has letters, digits and '_', and starts with no digit"; }

void use_as(Explanation& e) {
  e.diagnostic.help = "a module gets a name here: 'use std.bert as bert'";
  const auto name = last_word(e.before());
  if (e.found().empty() && !name.empty()) {
    e.fix(e.fault.previous_end, e.fault.previous_end, " as " + std::string(name), false);
  }
}

void input_type(Explanation& e) { e.diagnostic.help = "an input is written 'input base_lr: float = 1e-3'"; }

void let_assign(Explanation& e) {
  const auto found = e.found();
  e.diagnostic.help = found == "(" ? "a let with an index is written 'let layers[i] = …'"
                                   : "a let is written 'let name = value', without a type";
  if (e.found_operand() && found != "(") e.fix(e.fault.previous_end, e.fault.previous_end, " =", false);
}

void for_in(Explanation& e) { e.diagnostic.help = "a loop is written 'for i in 0..3 { … }', with both ends inside"; }

}  // namespace fts::grammar::hints
