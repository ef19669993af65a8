// The selections fts("e1", "e2") of a file: all entries matched in one pass, with what FTS would say of each.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/base/diagnostic.hpp"
#include "compiler/graph/param_graph.hpp"
#include "compiler/resolve/fts_entries.hpp"
#include "compiler/resolve/place.hpp"

namespace fts::resolve {

// One fts(…): its entries, each with its place.
struct FtsCall {
  struct Entry {
    std::string text;
    Place place;
    std::size_t slot = 0;
  };
  Domain domain{};
  Place place;
  std::vector<Entry> entries;
};

class FtsSelections {
 public:
  // The number of the call, for what follows.
  std::size_t add(FtsCall call);

  // Matches every entry against the graph. Call once.
  void match(const graph::ParamGraph& graph);
  // What the call takes, ties left out. Reports entries that match nothing, repeat each other, are aliases or take more
  // than they say; `faulty` is set if it reports an error.
  [[nodiscard]] Set take(std::size_t call, const graph::ParamGraph& graph, Diagnostics& diagnostics,
                         bool& faulty) const;
  // The entries that took a member.
  [[nodiscard]] std::vector<std::string> reasons(std::size_t call, std::uint32_t member) const;
  [[nodiscard]] const FtsCall& call(std::size_t number) const { return calls_[number]; }

 private:
  [[nodiscard]] const FtsMatch& match_of(Domain domain, std::size_t slot) const;
  // The call in the language's own patterns; nothing: one of its entries has none that selects something.
  [[nodiscard]] std::optional<std::string> native_call(const FtsCall& call, const graph::ParamGraph& graph) const;
  bool report(const FtsCall& call, const FtsCall::Entry& entry, const graph::ParamGraph& graph,
              Diagnostics& diagnostics) const;

  struct Universe {
    std::vector<FtsEntry> entries;
    std::map<FtsEntry, std::size_t> slots;
    std::vector<FtsMatch> matches;
  };
  std::vector<FtsCall> calls_;
  Universe parameters_, modules_;
};

}  // namespace fts::resolve
