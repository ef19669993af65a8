#include "compiler/resolve/subtrees.hpp"

#include <algorithm>

namespace fts::resolve {

using graph::kNone;
using graph::ModuleId;
using graph::ParamId;

// Parents come before their children, so one pass up and one pass down do.
Subtrees::Subtrees(const graph::ParamGraph& graph)
    : parents_(graph.module_count()), slices_(graph.module_count()), order_(graph.parameter_count()) {
  std::vector<std::uint32_t> own(parents_.size());
  std::vector<ModuleId> holders(order_.size());
  for (ParamId p = 0; p < holders.size(); ++p) ++own[holders[p] = graph.parameter(p).module];
  std::vector<std::uint32_t> all = own;
  for (ModuleId m = static_cast<ModuleId>(parents_.size()); m-- > 0;) {
    parents_[m] = graph.module(m).parent;
    if (parents_[m] != kNone) all[parents_[m]] += all[m];
  }
  std::vector<std::uint32_t> next_child(parents_.size());
  for (ModuleId m = 0; m < parents_.size(); ++m) {
    const std::uint32_t begin = parents_[m] == kNone ? 0 : next_child[parents_[m]];
    slices_[m] = {begin, begin + all[m]};
    next_child[m] = begin + own[m];
    if (parents_[m] != kNone) next_child[parents_[m]] += all[m];
  }
  std::vector<std::uint32_t> next_own(parents_.size());
  for (ParamId p = 0; p < holders.size(); ++p) {
    const std::uint32_t at = slices_[holders[p]].begin + next_own[holders[p]]++;
    order_[at] = p;
    in_order_ = in_order_ && at == p;
  }
}

Set Subtrees::parameters_under(const Set& modules) const {
  Set parameters(order_.size());
  for (const ModuleId m : modules.members()) {
    ModuleId above = parents_[m];
    while (above != kNone && !modules.contains(above)) above = parents_[above];
    if (above != kNone) continue;  // its slice lies in that of a module above it
    const auto [begin, end] = slices_[m];
    if (in_order_) {
      parameters.insert_range(begin, end);
      continue;
    }
    for (std::uint32_t i = begin; i < end; ++i) parameters.insert(order_[i]);
  }
  return parameters;
}

}  // namespace fts::resolve
