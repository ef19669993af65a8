// A column-parallel layer leaves its output split; a row-parallel one behind it must sum it up, and takes only such.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/adapters/tensor_parallel.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

// The entries of one parent, with those that no row-parallel layer follows.
struct Columns {
  std::vector<const TpEntry*> entries;
  bool paired = false;
};

class Pairs {
 public:
  explicit Pairs(const StrategyContext& context)
      : context_(context), graph_(context.graph()), plan_(tp_plan_of(context)) {
    for (const auto& entry : plan_.entries) {
      if (entry.weight == kNone || !leaves_split(*entry.style) ||
          kind_of(graph_.module(entry.module)) == ModuleKind::embedding)
        continue;
      columns_[scope_of(entry)].entries.push_back(&entry);
    }
    for (auto& [scope, columns] : columns_) {
      for (ModuleId m = scope; m != kNone; m = ends_layer(m) ? kNone : graph_.module(m).parent) {
        below_[m].push_back(&columns);
      }
    }
  }

  void check() {
    for (const auto& entry : plan_.entries) {
      if (is_row(entry) && !take_up(entry)) lone_rows_.push_back(&entry);
    }
    report_columns();
    report_rows();
    report_left_out();
  }

 private:
  // What the entries of one group have in common: the parent of their modules, or the module of the parameters.
  [[nodiscard]] ModuleId scope_of(const TpEntry& entry) const {
    return entry.of_parameter || entry.module == 0 ? entry.module : graph_.module(entry.module).parent;
  }
  [[nodiscard]] bool is_row(const TpEntry& entry) const {
    const std::string& style = entry.style->schema->name;
    if (style != "rowwise" && style != "packed_rowwise") return false;
    if (entry.weight == kNone || kind_of(graph_.module(entry.module)) == ModuleKind::embedding) return false;
    const auto* layouts = entry.style->arguments.given("input_layouts");
    const auto* layout = layouts == nullptr ? nullptr : layouts->as<resolve::Spec>();
    return layout == nullptr || layout->schema->name != "replicate";  // it would split its input itself
  }

  // Marks the nearest columns before the row that have its width: those of its own parent, else of the parents around.
  bool take_up(const TpEntry& row) {
    const auto sides = sides_of(graph_, row);
    if (!sides) return true;
    for (ModuleId scope = scope_of(row); scope != kNone;
         scope = ends_layer(scope) ? kNone : graph_.module(scope).parent) {
      bool found = false;
      for (Columns* columns : below_[scope]) {
        for (const auto* column : columns->entries) {
          // In a checkpoint's order nothing follows from who is first; nor do layers that are called by one module say.
          const bool behind = graph_.has_types() && scope_of(*column) != scope_of(row) && column->weight > row.weight;
          const auto out = sides_of(graph_, *column);
          // Queries, keys and values in one tensor: three times the width, or with fewer keys and values less.
          if (behind || !out || (out->out != sides->in && !(is_fused(*column) && out->out > sides->in))) continue;
          columns->paired = found = true;
        }
      }
      if (found) return true;
    }
    return false;
  }

  [[nodiscard]] bool ends_layer(ModuleId m) const {
    return m == 0 || is_container(graph_.module(graph_.module(m).parent));
  }

  [[nodiscard]] bool is_fused(const TpEntry& column) const {
    const auto name = graph_.module(column.module).name;
    const auto last = name.substr(name.rfind('.') + 1);
    return last.find("qkv") != std::string_view::npos || last.find("Wqkv") != std::string_view::npos ||
           last == "query_key_value" || last == "c_attn" || last == "in_proj";
  }

  void report_columns() const {
    std::map<std::vector<std::size_t>, std::vector<const TpEntry*>> groups;  // by the rules that stand in one parent
    for (const auto& [scope, columns] : columns_) {
      if (columns.paired) continue;
      std::vector<std::size_t> rules;
      for (const auto* entry : columns.entries) rules.push_back(entry->rule + (entry->of_parameter ? 1u << 30 : 0));
      auto& group = groups[rules];
      group.insert(group.end(), columns.entries.begin(), columns.entries.end());
    }
    for (const auto& [rules, entries] : groups) {
      const TpEntry& last = *entries[rules.size() - 1];  // of the first parent: what should have summed up, most likely
      auto& d = context_.check.diagnostics.report(
          Code::tp_unpaired, last.span,
          fmt::format("{} leave{} the output split over the ranks, and no rowwise layer behind takes it up",
                      members(entries), entries.size() == 1 ? "s" : ""));
      d.help = fmt::format(
          "make the layer that takes them up rowwise (perhaps '{}' is it), or gather the output: "
          "colwise_gather_output",
          name_of(last));
    }
  }

  void report_rows() const {
    std::map<std::pair<bool, std::size_t>, std::vector<const TpEntry*>> by_rule;
    for (const auto* entry : lone_rows_) by_rule[{entry->of_parameter, entry->rule}].push_back(entry);
    for (const auto& [rule, entries] : by_rule) {
      context_.check.diagnostics
          .report(Code::tp_unpaired, entries.front()->span,
                  fmt::format("{} expect{} an input that is split over the ranks, but no colwise layer before has its "
                              "width",
                              members(entries), entries.size() == 1 ? "s" : ""))
          .help = "make the layer before colwise, or split the input here: rowwise_split_input";
    }
  }

  // A sibling with the same input that the plan leaves whole: its output does not fit to the split ones.
  void report_left_out() const {
    std::vector<bool> planned(graph_.module_count(), false);
    for (const auto& entry : plan_.entries) planned[entry.module] = true;
    std::map<std::size_t, std::vector<ModuleId>> by_rule;
    for (ParamId p = 0; p < graph_.parameter_count(); ++p) {
      const auto parameter = graph_.parameter(p);
      const auto module = graph_.module(parameter.module);
      if (planned[parameter.module] || parameter.shape.size() != 2 || parameter.module == 0) continue;
      const auto group = columns_.find(module.parent);
      if (group == columns_.end() || !group->second.paired || kind_of(module) != ModuleKind::linear) continue;
      const TpEntry* same = nullptr;
      for (const auto* entry : group->second.entries) {
        const auto sides = sides_of(graph_, *entry);
        if (!entry->of_parameter && sides && sides->in == parameter.shape[1]) same = entry;
      }
      // A narrow one (a router, a low rank) is no part of the split.
      if (same != nullptr && parameter.shape[0] * 8 >= sides_of(graph_, *same)->out)
        by_rule[same->rule].push_back(parameter.module);
    }
    const auto* plan = body_setting(context_.strategy, "tp_plan");
    for (const auto& [rule, modules] : by_rule) {
      auto& d = context_.check.diagnostics.report(
          Code::tp_unpaired, plan->rules[rule].span,
          fmt::format("the layers beside {} are split over the ranks, but the plan leaves {} whole",
                      modules_in_words(graph_, modules), modules.size() == 1 ? "it" : "them"));
      d.severity = Severity::warning;  // what the forward does with it is not known
      d.help = "split it too, with colwise";
    }
  }

  [[nodiscard]] std::string_view name_of(const TpEntry& entry) const {
    return entry.of_parameter ? graph_.parameter(entry.parameters.front()).name : graph_.module(entry.module).name;
  }
  [[nodiscard]] std::string members(const std::vector<const TpEntry*>& entries) const {
    std::vector<std::uint32_t> ids;
    for (const auto* entry : entries) ids.push_back(entry->of_parameter ? entry->parameters.front() : entry->module);
    return entries.front()->of_parameter ? parameters_in_words(graph_, ids) : modules_in_words(graph_, ids);
  }

  const StrategyContext& context_;
  const graph::ParamGraph& graph_;
  TpPlan plan_;
  std::map<ModuleId, Columns> columns_;              // by scope
  std::map<ModuleId, std::vector<Columns*>> below_;  // those in a module, within its layer
  std::vector<const TpEntry*> lone_rows_;
};

}  // namespace

void tp_pairs(const StrategyContext& context) { Pairs(context).check(); }

}  // namespace fts::adapters
