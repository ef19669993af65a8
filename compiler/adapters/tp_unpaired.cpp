// Columns that no row takes up, and rows without columns.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/adapters/tensor_parallel.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

using Entries = std::vector<const TpEntry*>;

// Columns without a row, of all parents in which the same rules made them.
struct Group {
  Entries entries;
  std::size_t of_one = 0;         // how many of them stand in the first parent
  Entries rows;                   // lone ones beside them: colwise and rowwise are the wrong way round
  ModuleId taker = kNone;         // what should have taken up those of the first parent, most likely
  bool taker_is_planned = false;  // as one more column
};

class Report {
 public:
  explicit Report(const StrategyContext& context)
      : context_(context), graph_(context.graph()), pairing_(pairing_of(context)) {}

  void all() {
    std::vector<Group> groups = groups_of();
    for (auto& group : groups) find_rows(group);
    drop_followers(groups);
    std::set<ModuleId> takers;
    for (auto& group : groups) {
      if (group.rows.empty()) find_taker(group);
      if (group.taker_is_planned) takers.insert(group.taker);
    }
    for (const auto& group : groups) {  // what should have been the row of another group is said there
      const bool said = group.of_one == 1 && !group.taker_is_planned && takers.contains(group.entries.front()->module);
      if (!said) columns(group);
    }
    rows();
    tp_left_out(context_, pairing_);
  }

 private:
  [[nodiscard]] std::vector<Group> groups_of() const {
    std::map<std::vector<std::size_t>, Group> groups;
    for (const auto& [scope, columns] : pairing_.columns) {
      if (columns.paired) continue;
      std::vector<std::size_t> rules;
      for (const auto* entry : columns.entries) rules.push_back(entry->rule + (entry->of_parameter ? 1u << 30 : 0));
      auto& group = groups[rules];
      group.of_one = rules.size();
      group.entries.insert(group.entries.end(), columns.entries.begin(), columns.entries.end());
    }
    std::vector<Group> all;
    for (auto& [rules, group] : groups) all.push_back(std::move(group));
    return all;
  }

  // Rows that would take up columns beside them, if those came first.
  void find_rows(Group& group) {
    std::map<ModuleId, Entries> columns;
    for (const auto* entry : group.entries) columns[scope_of(graph_, *entry)].push_back(entry);
    std::set<const TpEntry*> reversed;
    const auto stays = [&](const TpEntry* row) {
      bool alone = true;
      for (const auto* column : columns[scope_of(graph_, *row)]) {
        if (!same_width(graph_, *column, *row)) continue;
        alone = false;
        reversed.insert(column);
      }
      return alone;
    };
    auto& lone = pairing_.lone_rows;
    const auto rest = std::stable_partition(lone.begin(), lone.end(), stays);
    group.rows.assign(rest, lone.end());
    lone.erase(rest, lone.end());
    if (!reversed.empty()) std::erase_if(group.entries, [&](const auto* entry) { return !reversed.contains(entry); });
  }

  [[nodiscard]] bool opens(const TpEntry& entry) const {
    return !entry.of_parameter && role_of(graph_.module(entry.module).name) == Role::opens;
  }

  // Where a layer that opens a split is rowwise, nothing beside it can pair: that follows.
  void drop_followers(std::vector<Group>& groups) {
    std::set<ModuleId> wrong;
    for (const auto* row : pairing_.lone_rows) {
      if (opens(*row)) wrong.insert(scope_of(graph_, *row));
    }
    const auto follows = [&](const TpEntry& entry) { return wrong.contains(scope_of(graph_, entry)); };
    std::erase_if(pairing_.lone_rows, [&](const TpEntry* row) { return !opens(*row) && follows(*row); });
    std::erase_if(groups, [&](const Group& group) { return group.rows.empty() && follows(*group.entries.front()); });
  }

  void find_taker(Group& group) const {
    const auto end = group.entries.begin() + static_cast<std::ptrdiff_t>(group.of_one);
    group.taker = taker_of(graph_, pairing_, {group.entries.begin(), end});
    const auto& entries = pairing_.plan.entries;
    group.taker_is_planned =
        std::any_of(entries.begin(), entries.end(), [&](const TpEntry& entry) { return entry.module == group.taker; });
  }

  void columns(const Group& group) const {
    Entries open = group.entries;
    if (group.taker != kNone) {  // it may be one of them
      const auto name = last_piece(graph_.module(group.taker).name);
      const auto rest = std::stable_partition(open.begin(), open.end(), [&](const TpEntry* entry) {
        return last_piece(graph_.module(entry->module).name) != name;
      });
      if (rest != open.begin()) open.erase(rest, open.end());
    }
    auto& d = context_.check.diagnostics.report(
        Code::tp_unpaired, open.front()->span,
        fmt::format("{} leave{} the output split over the ranks, and no rowwise layer behind takes it up",
                    members(open), open.size() == 1 ? "s" : ""));
    if (!group.rows.empty()) {
      d.notes.push_back({"rowwise, but nothing before it is split", group.rows.front()->span});
      d.help = fmt::format("colwise and rowwise are the wrong way round: make {} colwise, and {} rowwise",
                           members(group.rows), members(open));
    } else if (group.taker != kNone) {
      d.help = fmt::format(
          "make the layer that takes {} up rowwise (perhaps '{}' is it), or gather the output: colwise_gather_output",
          open.size() == 1 ? "it" : "them", graph_.module(group.taker).name);
    } else {
      d.help = "gather the output: colwise_gather_output; or make the layer that takes it up rowwise";
    }
  }

  void rows() const {
    std::map<std::pair<bool, std::size_t>, Entries> by_rule;
    for (const auto* entry : pairing_.lone_rows) by_rule[{entry->of_parameter, entry->rule}].push_back(entry);
    for (const auto& [rule, entries] : by_rule) {
      context_.check.diagnostics
          .report(Code::tp_unpaired, entries.front()->span,
                  fmt::format("{} expect{} an input that is split over the ranks, but no colwise layer before has its "
                              "width",
                              members(entries), entries.size() == 1 ? "s" : ""))
          .help = opens(*entries.front())
                      ? "make it colwise: its input is whole"
                      : "make the layer before colwise, or split the input here: rowwise_split_input";
    }
  }

  [[nodiscard]] std::string members(const Entries& entries) const {
    std::vector<std::uint32_t> ids;
    for (const auto* entry : entries) ids.push_back(entry->of_parameter ? entry->parameters.front() : entry->module);
    return entries.front()->of_parameter ? parameters_in_words(graph_, ids) : modules_in_words(graph_, ids);
  }

  const StrategyContext& context_;
  const graph::ParamGraph& graph_;
  Pairing pairing_;
};

// A rule that was refused already leaves its modules' partners alone: nothing follows from that.
bool is_refused(const StrategyContext& context) {
  for (const char* name : {"tp_plan", "tp_parameters"}) {
    const auto* plan = body_setting(context.strategy, name);
    if (plan == nullptr) continue;
    for (const auto& rule : plan->rules) {
      if (context.check.program.selections.faulty(rule.selection) || rule.value->poisoned()) return true;
    }
  }
  const TpPlan plan = tp_plan_of(context);
  return (!plan.twice.empty() && !context.compat()) ||
         std::any_of(plan.entries.begin(), plan.entries.end(),
                     [&](const TpEntry& entry) { return !fault_of(context.graph(), entry).empty(); });
}

}  // namespace

void tp_pairs(const StrategyContext& context) {
  if (!is_refused(context)) Report(context).all();
}

}  // namespace fts::adapters
