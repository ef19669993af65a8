// Phases are disjoint: each parameter is named by one.
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

constexpr std::size_t kShown = 3;  // of the phases before

// "phase 'a'", "phases 'a', 'b'", "phases 'a', 'b', 'c', …"
std::string named(const std::set<std::size_t>& which, const std::vector<resolve::Phase>& phases) {
  std::string words = which.size() == 1 ? "phase " : "phases ";
  std::size_t shown = 0;
  for (const auto i : which) {
    if (shown == kShown) return words + ", …";
    words += fmt::format("{}'{}'", shown++ == 0 ? "" : ", ", phases[i].name);
  }
  return words;
}

// `both`: what the phase thaws although `earlier` ones did.
void report(const Context& context, const resolve::Phase& phase, const resolve::Set& both,
            const std::set<std::size_t>& earlier) {
  const auto& phases = context.program.phases;
  auto& d = context.diagnostics.report(
      Code::phases_overlap, thaw_span(phase),
      fmt::format("phase '{}' thaws {} that {} {} thawed already", phase.name, in_words(both, context.graph),
                  named(earlier, phases), earlier.size() == 1 ? "has" : "have"));
  for (const auto i : earlier) {
    if (d.notes.size() == kShown) break;
    d.notes.push_back({fmt::format("phase '{}' thaws {} here", phases[i].name, earlier.size() == 1 ? "them" : "some"),
                       thaw_span(phases[i])});
  }
  d.help = both.count() == thawed(context, phase).count()
               ? "every parameter of this phase is thawed earlier: leave the phase out, or name them in one phase only"
               : "take them out with `- …`, or write `rest` for what no earlier phase named";
}

// Where the phase thaws, and then where those do that have thawed these before.
std::vector<std::pair<FileId, std::size_t>> places(const Context& context, const resolve::Phase& phase,
                                                   const std::set<std::size_t>& earlier) {
  std::set<std::pair<FileId, std::size_t>> before;
  for (const auto i : earlier) {
    const Span span = thaw_span(context.program.phases[i]);
    before.emplace(span.file, span.begin);
  }
  const Span span = thaw_span(phase);
  std::vector<std::pair<FileId, std::size_t>> all = {{span.file, span.begin}};
  all.insert(all.end(), before.begin(), before.end());
  return all;
}

}  // namespace

void overlapping_phases(const Context& context) {
  resolve::Set named(context.graph.parameter_count());
  std::vector<std::size_t> owners(context.graph.parameter_count());  // of what is named: the first phase to thaw it
  std::set<std::vector<std::pair<FileId, std::size_t>>> said;        // the turns of one loop thaw in one place
  for (std::size_t i = 0; i < context.program.phases.size(); ++i) {
    const auto& phase = context.program.phases[i];
    const resolve::Set& own = thawed(context, phase);
    const resolve::Set both = own & named;
    std::set<std::size_t> earlier;
    for (const auto p : both.members()) earlier.insert(owners[p]);
    if (!both.empty() && said.insert(places(context, phase, earlier)).second) report(context, phase, both, earlier);
    for (const auto p : (own - named).members()) owners[p] = i;
    named |= own;
  }
}

}  // namespace fts::check
