// Selections: sets of parameters or of modules, built as a table of expressions while the file is evaluated, matched
// against the graph in one pass for all patterns together, then folded.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/base/diagnostic.hpp"
#include "compiler/graph/param_graph.hpp"
#include "compiler/resolve/fts_selection.hpp"
#include "compiler/resolve/pattern.hpp"
#include "compiler/resolve/set.hpp"
#include "compiler/resolve/subtrees.hpp"

namespace fts::resolve {

using SelectionId = std::uint32_t;

// `where`: whether a parameter (or module) of the graph is kept; the same for all that are alike (Likeness).
using Predicate = std::function<bool(const graph::ParamGraph&, std::uint32_t)>;

// The names that share a tensor with these, added.
[[nodiscard]] Set with_ties(const Set& parameters, const graph::ParamGraph& graph);

// Every name of a tensor that has several: the later ones and the first.
[[nodiscard]] Set tied_parameters(const graph::ParamGraph& graph);

class SelectionTable {
 public:
  // ---- building. A silent pattern may match nothing (candidates of an index).
  SelectionId pattern(Domain domain, Pattern pattern, std::string written, Place place, bool silent);
  SelectionId types(Pattern pattern, std::string written, Place place, bool silent);  // modules by type
  SelectionId fts(FtsCall call);  // entries as Python FTS reads them
  SelectionId everything(Domain domain, Place place);
  SelectionId nothing(Domain domain, Place place);
  SelectionId frozen(Place place);
  SelectionId tied(Place place);
  // What none of the first `phases` phases thaws under any of its names (see set_thaw).
  SelectionId rest(std::size_t phases, Place place);
  SelectionId parameters_under(SelectionId modules, Place place);
  SelectionId unite(std::vector<SelectionId> parts, Domain domain, Place place);
  SelectionId intersect(SelectionId left, SelectionId right, Place place);
  SelectionId subtract(SelectionId left, SelectionId right, Place place);
  SelectionId where(SelectionId of, Predicate predicate, Place place);
  // An indexed let: its candidates, ascending by index. `pick` is none for all that match, or counts those from the end
  // (-1 the last): that one alone, or all up to it. `written` and `matching` (the indices that would match, in words)
  // are for the message.
  enum class Pick { one, up_to };
  SelectionId indexed(std::vector<SelectionId> candidates, std::optional<std::int64_t> pick, std::string written,
                      std::function<std::string()> matching, Domain domain, Place place, Pick how = Pick::one);
  // Indices as written: a union of which each part must select something. `names` are the parts' own, none where there
  // is one part.
  SelectionId each(std::vector<SelectionId> parts, std::vector<std::string> names, std::string written,
                   std::function<std::string()> matching, Domain domain, Place place);
  void silence(SelectionId id);
  void set_thaw(std::size_t phase, SelectionId thaw);
  void poison(SelectionId id);

  // ---- matching. Call once, after building; reports patterns that match nothing and indices that select nothing.
  void match(const graph::ParamGraph& graph, Diagnostics& diagnostics);

  // ---- asking, after match()
  [[nodiscard]] const Set& set(SelectionId id) const;
  [[nodiscard]] bool faulty(SelectionId id) const;  // a fault in it was reported; its emptiness means nothing
  [[nodiscard]] Domain domain(SelectionId id) const { return nodes_[id].domain; }
  [[nodiscard]] const Place& place(SelectionId id) const { return nodes_[id].place; }
  // The written patterns that put a member into the selection, for explanations.
  [[nodiscard]] std::vector<std::string> reasons(SelectionId id, std::uint32_t member) const;
  // The pattern of parameters that the selection is; null: it is something else.
  [[nodiscard]] const Pattern* pattern_of(SelectionId id) const;
  // The fts(…) that the selection is; null: it is something else.
  [[nodiscard]] const FtsCall* fts_call(SelectionId id) const;

 private:
  enum class Op {
    pattern,
    types,
    fts,
    everything,
    nothing,
    frozen,
    tied,
    rest,
    under,
    unite,
    intersect,
    subtract,
    where,
    indexed,
    each
  };
  struct Node {
    Op op{};
    Domain domain{};
    Place place;
    std::vector<SelectionId> operands;
    std::optional<std::int64_t> pick;       // indexed
    Pick how = Pick::one;                   // indexed
    std::function<std::string()> matching;  // indexed, each
    std::size_t number = 0;                 // pattern, types: slot; fts: call; rest: phases
    std::string text;                       // pattern, types, indexed, each: as written
    std::vector<std::string> names;         // each: of the operands, where they are several
    Predicate predicate;
    bool silent = false;
    bool faulty = false;
  };
  struct Universe {  // one list of names that patterns are matched against
    std::vector<Pattern> patterns;
    std::map<Pattern, std::size_t> slots;
    std::vector<std::shared_ptr<const Set>> matches;
    std::size_t intern(Pattern pattern);
  };

  SelectionId add(Node node);
  [[nodiscard]] std::shared_ptr<const Set> fold(const Node& node, const graph::ParamGraph& graph);
  [[nodiscard]] Set combine(const Node& node, const graph::ParamGraph& graph);
  // What the first phases thaw; asked for ever more phases, it looks at each once.
  [[nodiscard]] const Set& thawed_by_first(std::size_t phases, const graph::ParamGraph& graph);
  [[nodiscard]] Set fold_indexed(const Node& node) const;
  void collect_reasons(SelectionId id, std::uint32_t member, std::set<SelectionId>& seen,
                       std::vector<std::string>& into) const;
  void report_pattern(Node& node, const graph::ParamGraph& graph, Diagnostics& diagnostics);
  Diagnostic& report_indexed(Node& node, Diagnostics& diagnostics);
  void report_each(Node& node, Diagnostics& diagnostics);
  void report_nothing_left(Node& node, Diagnostics& diagnostics);
  // Fills the universes' matches.
  void match_patterns(const graph::ParamGraph& graph, Diagnostics& diagnostics);
  // Of the names that were matched.
  void report_loose_patterns(const std::vector<std::string_view>& parameters,
                             const std::vector<std::string_view>& modules, Diagnostics& diagnostics);

  std::vector<Node> nodes_;
  std::vector<std::shared_ptr<const Set>> sets_;  // patterns share theirs with the universe
  Universe parameters_, modules_, types_;
  FtsSelections fts_;
  std::vector<SelectionId> thaws_;
  std::size_t thawed_phases_ = 0;  // those that thawed_ holds
  Set thawed_;
  std::set<std::array<std::size_t, 6>> reported_;  // patterns without a match, each with its places
  std::optional<Subtrees> subtrees_;
};

}  // namespace fts::resolve
