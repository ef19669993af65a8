// From faults to diagnostics: what was found, help, fixes, and notes that show the cause.
#pragma once
#include <string_view>

#include "compiler/base/diagnostic.hpp"
#include "grammar/fault.hpp"
#include "grammar/skipper.hpp"
#include "grammar/syntax_tree.hpp"

namespace fts::grammar {

// What a hint works with; it may change the diagnostic in any way.
struct Explanation {
  const Fault& fault;
  std::string_view text;
  const SyntaxTree& tree;
  const Skipper& skipper;
  Diagnostic& diagnostic;

  [[nodiscard]] std::string_view found() const;   // the token at the fault; empty at a line's end
  [[nodiscard]] bool found_operand() const;       // whether that token could start a value
  [[nodiscard]] std::string_view before() const;  // the text of the item up to the token before the fault
  [[nodiscard]] Span span(std::size_t begin, std::size_t end) const;
  void fix(std::size_t begin, std::size_t end, std::string replacement, bool safe);
};

// Reports every fault, in the order of their places.
void explain(const std::vector<Fault>& faults, std::string_view text, const SyntaxTree& tree, const Skipper& skipper,
             Diagnostics& diagnostics);

}  // namespace fts::grammar
