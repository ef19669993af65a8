// What a selection that selects nothing, or more than it says, is told.
#include <algorithm>

#include "compiler/base/code.hpp"
#include "compiler/resolve/no_match.hpp"
#include "compiler/resolve/selection.hpp"

namespace fts::resolve {

void SelectionTable::report_pattern(Node& node, const graph::ParamGraph& graph, Diagnostics& diagnostics) {
  node.faulty = true;
  const auto& universe = node.op == Op::types ? types_ : node.domain == Domain::parameters ? parameters_ : modules_;
  const Unmatched what = node.op == Op::types                ? Unmatched::type
                         : node.domain == Domain::parameters ? Unmatched::parameter
                                                             : Unmatched::module;
  const Span written = node.place.written;  // a loop comes by here at every turn
  const Span used = node.place.used;
  if (!reported_
           .insert({static_cast<std::size_t>(what), node.number, written.file, written.begin, used.file, used.begin})
           .second)
    return;
  report_no_match(what, universe.patterns[node.number], node.text, node.place, graph, diagnostics);
}

// A difference or intersection of two that select something.
void SelectionTable::report_nothing_left(Node& node, Diagnostics& diagnostics) {
  const auto left = node.operands[0];
  const auto right = node.operands[1];
  if (node.faulty || sets_[left]->empty() || sets_[right]->empty()) return;
  node.faulty = true;
  const std::string noun = node.domain == Domain::parameters ? "parameter" : "module";
  auto& d = diagnostics.report(Code::empty_selection, node.place.used,
                               node.op == Op::subtract
                                   ? "nothing is left: every " + noun + " of the left side is in the right side too"
                                   : "nothing is left: no " + noun + " is in both sides");
  d.notes.push_back({"the right side", nodes_[right].place.written});
  d.help = "`none` is the empty set on purpose";
}

Diagnostic& SelectionTable::report_indexed(Node& node, Diagnostics& diagnostics) {
  node.faulty = true;
  auto& d = diagnostics.report(Code::index_matches_nothing, node.place.used,
                               "'" + node.text + "' selects nothing in the model");
  if (const std::string matching = node.matching(); !matching.empty())
    d.help = "the indices that match are " + matching;
  return d;
}

// All parts that select nothing are one fault.
void SelectionTable::report_each(Node& node, Diagnostics& diagnostics) {
  std::vector<std::size_t> failing;
  for (std::size_t i = 0; i < node.operands.size(); ++i) {
    if (sets_[node.operands[i]]->empty()) failing.push_back(i);
  }
  if (failing.empty()) return;
  auto& d = report_indexed(node, diagnostics);
  if (node.names.empty()) return;
  constexpr std::size_t kShown = 3;
  std::string which;
  for (std::size_t i = 0; i < failing.size() && i < kShown; ++i)
    which += (i == 0 ? "'" : ", '") + node.names[failing[i]] + "'";
  if (failing.size() > kShown) which += ", …";
  d.message = which + " of '" + node.text + "' select" + (failing.size() == 1 ? "s" : "") + " nothing in the model";
}

}  // namespace fts::resolve
