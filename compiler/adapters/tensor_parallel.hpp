// tp_plan and tp_parameters resolved: which style holds for which module and parameter, and what it splits. Private to
// the stage. Styles are PyTorch's (torch.distributed.tensor.parallel) and those of transformers' plans.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/adapters/strategy.hpp"

namespace fts::adapters {

enum class ModuleKind { linear, transposed, embedding, norm, other };  // transposed: GPT-2's Conv1D, weight [in, out]
[[nodiscard]] ModuleKind kind_of(const graph::Module& module);

// How a style splits the weights it stands on.
enum class Split { none, columns, rows };
[[nodiscard]] Split split_of(std::string_view style);
[[nodiscard]] bool is_packed(std::string_view style);  // two weights one after another in one tensor
// Whether the style leaves its output split over the ranks, so that something must take it up.
[[nodiscard]] bool leaves_split(const resolve::Spec& style);

// A style on one module, or by tp_parameters on one parameter.
struct TpEntry {
  std::size_t rule = 0;
  bool of_parameter = false;  // by tp_parameters
  const resolve::Spec* style = nullptr;
  ModuleId module = 0;              // that holds the weight
  ParamId weight = kNone;           // the parameter of rank 2 or more that is split; kNone: it has none
  std::vector<ParamId> parameters;  // the module's own, or the one
  Span span;                        // of the rule
};

struct TpPlan {
  std::vector<TpEntry> entries;  // modules in graph order, then parameters in graph order
  struct Twice {
    std::size_t first = 0, second = 0;
    bool of_parameter = false;
    std::vector<std::uint32_t> members;
  };
  std::vector<Twice> twice;
};
[[nodiscard]] TpPlan tp_plan_of(const StrategyContext& context);

// Size of what the style splits (of one half, where it is packed) and how it is called: "columns", "rows",
// "vocabulary". nullopt: it splits nothing, or the shape is not known.
struct SplitSize {
  std::int64_t size = 0;
  std::size_t dim = 0;
  std::string_view what;
};
[[nodiscard]] std::optional<SplitSize> split_size(const graph::ParamGraph& graph, const TpEntry& entry);
// Elements that come in and go out of the weight: [out, in], of one half where it is packed.
struct Sides {
  std::int64_t out = 0;
  std::int64_t in = 0;
};
[[nodiscard]] std::optional<Sides> sides_of(const graph::ParamGraph& graph, const TpEntry& entry);
// Why the style cannot stand there; empty: it can.
[[nodiscard]] std::string fault_of(const graph::ParamGraph& graph, const TpEntry& entry);

[[nodiscard]] std::string_view last_piece(std::string_view name);  // behind the last dot
// What a linear layer is by its usual name: one whose columns are split (q_proj, fc1), or the one that sums them up
// (o_proj, fc2).
enum class Role { unknown, opens, closes };
[[nodiscard]] Role role_of(std::string_view module);
// Several outputs in one tensor, such as queries, keys and values: wider than what takes up one of them.
[[nodiscard]] bool is_fused(std::string_view module);

// The columns of one parent, and whether a row takes them up.
struct Columns {
  std::vector<const TpEntry*> entries;
  bool paired = false;
};
struct Pairing {
  TpPlan plan;
  std::map<ModuleId, Columns> columns;    // by scope
  std::vector<const TpEntry*> lone_rows;  // which no column stands before
};
// What the entries of one group have in common: the parent of their modules, or the module of the parameters.
[[nodiscard]] ModuleId scope_of(const graph::ParamGraph& graph, const TpEntry& entry);
// The module is the root or a block in a list: what is in it works together.
[[nodiscard]] bool ends_layer(const graph::ParamGraph& graph, ModuleId module);
// As ends_layer(), also where a checkpoint does not say what is a list.
[[nodiscard]] bool is_block(const graph::ParamGraph& graph, ModuleId module);
// Whether the row's input is as wide as the column's output.
[[nodiscard]] bool same_width(const graph::ParamGraph& graph, const TpEntry& column, const TpEntry& row);
[[nodiscard]] Pairing pairing_of(const StrategyContext& context);
// The nearest linear layer that could take up one of these columns of one parent; kNone: there is none.
[[nodiscard]] ModuleId taker_of(const graph::ParamGraph& graph, const Pairing& pairing,
                                const std::vector<const TpEntry*>& columns);
// Warns of layers beside split ones that the plan leaves whole.
void tp_left_out(const StrategyContext& context, const Pairing& pairing);

}  // namespace fts::adapters
