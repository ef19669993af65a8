// A column-parallel layer leaves its output split; a row-parallel one behind it must sum it up, and takes only such.
// Here: which rows take up which columns.
#include <algorithm>

#include "compiler/adapters/tensor_parallel.hpp"

namespace fts::adapters {

namespace {

class Pairs {
 public:
  Pairs(const StrategyContext& context, Pairing& into) : graph_(context.graph()), into_(into) {
    into.plan = tp_plan_of(context);
    for (const auto& entry : into.plan.entries) {
      if (entry.weight == kNone || !leaves_split(*entry.style) || is_embedding(entry)) continue;
      into.columns[scope_of(graph_, entry)].entries.push_back(&entry);
    }
    for (auto& [scope, columns] : into.columns) {
      for (ModuleId m = scope; m != kNone; m = is_block(graph_, m) ? kNone : graph_.module(m).parent) {
        below_[m].push_back(&columns);
      }
    }
  }

  // Rows take the columns of their own parent first; those that have none there take what is left around them.
  void make() {
    std::vector<const TpEntry*> left;
    for (const auto& entry : into_.plan.entries) {
      if (is_row(entry) && !takes_own(entry)) left.push_back(&entry);
    }
    for (const auto* row : left) {
      if (!takes_around(*row) && sides_of(graph_, *row)) into_.lone_rows.push_back(row);
    }
  }

 private:
  [[nodiscard]] bool is_embedding(const TpEntry& entry) const {
    return kind_of(graph_.module(entry.module)) == ModuleKind::embedding;
  }
  [[nodiscard]] bool is_row(const TpEntry& entry) const {
    const std::string& style = entry.style->schema->name;
    if (style != "rowwise" && style != "packed_rowwise") return false;
    if (entry.weight == kNone || is_embedding(entry)) return false;
    const auto* layouts = entry.style->arguments.given("input_layouts");
    const auto* layout = layouts == nullptr ? nullptr : layouts->as<resolve::Spec>();
    return layout == nullptr || layout->schema->name != "replicate";  // it would split its input itself
  }

  bool takes_own(const TpEntry& row) {
    const auto found = into_.columns.find(scope_of(graph_, row));
    return found != into_.columns.end() && takes(row, found->second);
  }

  // The nearest columns that no other row has taken.
  bool takes_around(const TpEntry& row) {
    for (ModuleId scope = scope_of(graph_, row); scope != kNone;
         scope = is_block(graph_, scope) ? kNone : graph_.module(scope).parent) {
      const auto below = below_.find(scope);
      if (below == below_.end()) continue;
      std::vector<Columns*> found;
      for (Columns* columns : below->second) {
        if (!columns->paired) found.push_back(columns);
      }
      bool taken = false;
      for (Columns* columns : found) taken = takes(row, *columns) || taken;
      if (taken) return true;
    }
    return false;
  }

  bool takes(const TpEntry& row, Columns& columns) const {
    const bool fits = std::any_of(columns.entries.begin(), columns.entries.end(), [&](const TpEntry* column) {
      return !is_behind(*column, row) && fits_to(*column, row);
    });
    columns.paired = columns.paired || fits;
    return fits;
  }

  // By their widths; sizes that are not known may be right, and where the names say it, widths that differ are meant so
  // (queries with their gates, values of other heads).
  [[nodiscard]] bool fits_to(const TpEntry& column, const TpEntry& row) const {
    if (!sides_of(graph_, column) || !sides_of(graph_, row)) return true;
    const bool named = !column.of_parameter && !row.of_parameter && scope_of(graph_, column) == scope_of(graph_, row) &&
                       role_of(graph_.module(column.module).name) == Role::opens &&
                       role_of(graph_.module(row.module).name) == Role::closes;
    return named || same_width(graph_, column, row);
  }

  // Whether both take the same input, as far as is known: q_proj and k_proj do, the two layers of RWKV's feed-forward
  // (key and value) do not.
  [[nodiscard]] bool same_input(const TpEntry& column, const TpEntry& row) const {
    const auto one = sides_of(graph_, column);
    const auto other = sides_of(graph_, row);
    return !one || !other || one->in == other->in;
  }

  // Whether the column comes after the row, so that the row cannot take it up. Names say it, or else the order in which
  // a model has its modules: not quite that of its calls within one parent (Phi-3 has o_proj first), and none at all
  // where it is a checkpoint's.
  [[nodiscard]] bool is_behind(const TpEntry& column, const TpEntry& row) const {
    const bool together = scope_of(graph_, column) == scope_of(graph_, row);
    const bool after = graph_.has_types() && column.weight > row.weight;
    if (column.of_parameter || row.of_parameter) return after && !together;  // fused experts may be transposed
    const Role first = role_of(graph_.module(column.module).name);
    const Role last = role_of(graph_.module(row.module).name);
    if (first == Role::opens && last == Role::opens && same_input(column, row)) return true;  // it stands beside it
    const int usual = (first == Role::opens) + (last == Role::closes) - (first == Role::closes) - (last == Role::opens);
    return usual < 0 || (after && (usual == 0 || !together));
  }

  const graph::ParamGraph& graph_;
  Pairing& into_;
  std::map<ModuleId, std::vector<Columns*>> below_;  // those in a module, within its block
};

}  // namespace

ModuleId scope_of(const graph::ParamGraph& graph, const TpEntry& entry) {
  return entry.of_parameter || entry.module == 0 ? entry.module : graph.module(entry.module).parent;
}

bool ends_layer(const graph::ParamGraph& graph, ModuleId module) {
  return module == 0 || is_container(graph.module(graph.module(module).parent));
}

bool is_block(const graph::ParamGraph& graph, ModuleId module) {
  return ends_layer(graph, module) ||
         (!graph.has_types() &&
          last_piece(graph.module(module).name).find_first_not_of("0123456789") == std::string_view::npos);
}

bool same_width(const graph::ParamGraph& graph, const TpEntry& column, const TpEntry& row) {
  const auto from = sides_of(graph, column);
  const auto to = sides_of(graph, row);
  if (!from || !to) return false;
  return from->out == to->in || (is_fused(graph.module(column.module).name) && from->out > to->in);
}

Pairing pairing_of(const StrategyContext& context) {
  Pairing pairing;
  Pairs(context, pairing).make();
  return pairing;
}

}  // namespace fts::adapters
