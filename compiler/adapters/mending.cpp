// Which modules of a unit to wrap by themselves, so that each flat parameter trains as a whole.
#include <algorithm>
#include <map>
#include <optional>

#include "compiler/adapters/unit_checks.hpp"

namespace fts::adapters {

namespace {

using Trains = std::pair<std::uint32_t, std::uint32_t>;

// What trains in a subtree of the unit: nothing is in it, one way, or several.
struct Below {
  bool any = false;
  bool mixed = false;
  Trains trains{};
  void add(const Below& other) {
    if (!other.any) return;
    mixed = any ? mixed || other.mixed || trains != other.trains : other.mixed;
    if (!any) trains = other.trains;
    any = true;
  }
};

class Mending {
 public:
  Mending(const StrategyContext& context, std::uint32_t unit) : graph_(context.graph()) {
    const Unit& wanted = context.layout.units[unit];
    for (const ParamId p : wanted.parameters) {
      const Below one{true, false, {context.training.thawed_in[p], context.training.frozen_in[p]}};
      ModuleId m = graph_.parameter(p).module;
      own_[m].add(one);
      for (ModuleId child = kNone; child != wanted.module; child = m, m = graph_.module(m).parent) {
        if (child != kNone && (children_[m].empty() || children_[m].back() != child)) children_[m].push_back(child);
        below_[m].add(one);
        if (m == wanted.module) break;
      }
    }
    for (auto& [m, children] : children_) {
      std::sort(children.begin(), children.end());
      children.erase(std::unique(children.begin(), children.end()), children.end());
    }
    visit(wanted.module, std::nullopt);
  }
  [[nodiscard]] std::vector<ModuleId> result() const { return possible_ ? wrap_ : std::vector<ModuleId>{}; }

 private:
  // Leaves `kept` in the unit around m; none: m's unit may choose.
  void visit(ModuleId m, std::optional<Trains> kept) {
    if (own_[m].mixed) possible_ = false;
    if (own_[m].any) {
      if (kept && *kept != own_[m].trains) wrap_.push_back(m);
      kept = own_[m].trains;
    }
    if (!kept) kept = most_common(m);
    for (const ModuleId child : children_[m]) {
      const Below& below = below_[child];
      const bool called = !is_container(graph_.module(child));
      if (below.mixed || (below.trains != *kept && !called)) {
        visit(child, kept);
      } else if (below.trains != *kept) {
        wrap_.push_back(child);
      }
    }
  }

  // The way of training that most children share: it may stay.
  [[nodiscard]] Trains most_common(ModuleId m) {
    std::map<Trains, std::size_t> count;
    for (const ModuleId child : children_[m]) {
      if (!below_[child].mixed) ++count[below_[child].trains];
    }
    const auto most =
        std::max_element(count.begin(), count.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == count.end() ? Trains{kNone, kNone} : most->first;
  }

  const graph::ParamGraph& graph_;
  std::map<ModuleId, Below> own_, below_;
  std::map<ModuleId, std::vector<ModuleId>> children_;
  std::vector<ModuleId> wrap_;
  bool possible_ = true;
};

}  // namespace

std::vector<ModuleId> mending_overrides(const StrategyContext& context, std::uint32_t unit) {
  return Mending(context, unit).result();
}

}  // namespace fts::adapters
