// What the rules share while one text is read: the tree so far, the faults so far, and what a line break means here.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "grammar/fault.hpp"
#include "grammar/skipper.hpp"
#include "grammar/syntax_tree.hpp"

namespace fts::grammar {

// The innermost open bracket decides.
enum class Newlines {
  end_items,  // in a body and at the top of the file
  are_blank,  // in ( and [
  forbidden,  // in ${ of a string, whatever else is open inside
};

struct Context {
  static constexpr int kMaxDepth = 200;

  Context(std::string_view source, std::vector<SyntaxNode>& tree_nodes)
      : text(source), nodes(tree_nodes), faults(source) {}

  std::string_view text;
  std::vector<SyntaxNode>& nodes;  // in pre-order; a node still open has end 0
  FaultLog faults;
  Newlines newlines = Newlines::end_items;
  int depth = 0;
  std::uint32_t opened = kNowhere;  // the innermost open bracket
  std::uint32_t item_begin = 0;     // of the innermost item
  std::uint32_t failed_at = 0;      // the token at which the last caught failure arose
  bool skip_line = false;           // that failure's text goes on to the end of its line, not only to a ','

  // The fault that `message` is missing, or wrong, at `at`.
  [[nodiscard]] Fault fault(const Message& message, std::uint32_t at) const;
  [[nodiscard]] const Skipper& skipper();

 private:
  [[nodiscard]] std::uint32_t next_token(std::uint32_t at) const;
  [[nodiscard]] std::uint32_t previous_end(std::uint32_t at) const;

  std::unique_ptr<const Skipper> skipper_;  // made when the first fault needs it
};

}  // namespace fts::grammar
