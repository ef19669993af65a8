// The plan: what a checked file means for one model, with nothing left to decide. Documented in docs/PLAN.md.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "compiler/base/error.hpp"
#include "compiler/graph/param_graph.hpp"

namespace fts::plan {

inline constexpr int kVersion = 1;

// A parameter of the model the plan was made for, in graph order; other parts name parameters by position here.
struct Parameter {
  std::string name;
  std::vector<std::int64_t> shape;
  graph::DType dtype{};
  std::optional<std::uint32_t> tied_to;  // the first parameter with the same storage
  bool shape_known = true;               // false: the model file told only the name (an index without shards)
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

// An optimizer, scheduler or other class with all its arguments, defaults filled in. Names are the language's short
// ones ("adamw", "cosine_annealing"); arguments are PyTorch's.
struct Spec {
  std::string name;
  nlohmann::json arguments = nlohmann::json::object();
  friend bool operator==(const Spec&, const Spec&) = default;
};

struct Monitor {
  std::string metric;
  bool maximize = false;
  int patience = 3;
  double min_delta = 0.0;
  bool check_finite = true;
  std::optional<double> stopping_threshold;
  std::optional<double> divergence_threshold;
  friend bool operator==(const Monitor&, const Monitor&) = default;
};

// When a phase ends: a tree of `any` and `all` over conditions.
struct Condition {
  enum class Kind { any, all, plateau, epoch, epochs, step, metric };
  enum class Compare { less, less_equal, greater, greater_equal };
  Kind kind = Kind::plateau;
  std::vector<Condition> operands;  // any, all
  Monitor monitor;                  // plateau, all of it; metric: only `metric`
  std::int64_t count = 0;           // epoch, epochs, step
  Compare compare{};                // metric
  double threshold = 0;             // metric
  friend bool operator==(const Condition&, const Condition&) = default;
};

// One optimizer parameter group. `arguments` override the optimizer's for this group (lr and weight_decay, where the
// optimizer has them, are always set).
struct Group {
  std::string name;                       // phase name, with ".no_decay" for the half without decay
  std::vector<std::uint32_t> parameters;  // positions in Plan::parameters, ascending
  nlohmann::json arguments = nlohmann::json::object();
  friend bool operator==(const Group&, const Group&) = default;
};

struct Phase {
  int depth = 0;
  std::string name;
  std::vector<std::uint32_t> thaw;    // newly trainable, ascending, every name of a tied tensor
  std::vector<std::uint32_t> freeze;  // frozen again
  std::vector<Group> groups;          // new groups; a tied tensor once, under its first name
  std::optional<Spec> optimizer;      // a new one from here on (phase 0: the schedule's)
  std::optional<Spec> lr_scheduler;   // likewise
  Condition until;
  friend bool operator==(const Phase&, const Phase&) = default;
};

struct Schedule {
  std::optional<Monitor> monitor;
  int max_epochs = -1;          // -1: no limit
  std::int64_t max_steps = -1;  // -1: no limit
  int max_depth = -1;           // of the phases below: the last index
  bool restore_best = true;
  bool implicit = false;  // no phases were written
  bool compat_fts = false;
  nlohmann::json settings = nlohmann::json::object();  // the schedule's other attributes, defaults filled in
  std::vector<Phase> phases;
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// A module whose parameters are gathered and reduced together.
struct Unit {
  std::string module;                     // "" is the root
  std::vector<std::uint32_t> parameters;  // positions, ascending; a tied tensor once, under its first name
  nlohmann::json settings = nlohmann::json::object();
  friend bool operator==(const Unit&, const Unit&) = default;
};

// How tensor-parallel ranks split a parameter.
struct Split {
  std::uint32_t parameter = 0;  // position
  std::int64_t dim = 0;
  std::int64_t parts = 1;  // weights one after another along the dimension, each split by itself
  friend bool operator==(const Split&, const Split&) = default;
};

// A module that tensor-parallel ranks share, or one parameter of it.
struct TensorParallel {
  std::string module;
  std::string style;
  std::vector<Split> splits;  // its other parameters are whole on every rank
  nlohmann::json layouts = nlohmann::json::object();
  friend bool operator==(const TensorParallel&, const TensorParallel&) = default;
};

struct Strategy {
  std::string name;  // "base" where the file has none
  std::string adapter;
  nlohmann::json settings = nlohmann::json::object();
  std::vector<Unit> units;                      // in the order in which they are applied; disjoint
  std::vector<TensorParallel> tensor_parallel;  // applied before the units
  friend bool operator==(const Strategy&, const Strategy&) = default;
};

struct Plan {
  std::string model;
  std::string graph_fingerprint;
  std::string source_hash;  // XXH3-128 of all source texts and inputs
  std::vector<Parameter> parameters;
  Schedule schedule;
  std::vector<Strategy> strategies;
  friend bool operator==(const Plan&, const Plan&) = default;
};

// The parameters of a graph as a plan lists them: all of them, in graph order, so that a ParamId is a position here.
[[nodiscard]] std::vector<Parameter> parameters_of(const graph::ParamGraph& graph);

// The number of elements; 0 where the shape is not known.
[[nodiscard]] std::int64_t numel(const Parameter& parameter);

// The epoch by whose start the condition surely holds, from `epoch(n)` alone: the earliest in an `any`, the latest in
// an `all` of which every operand has one; -1 if there is none. FTS calls it max_transition_epoch.
[[nodiscard]] std::int64_t max_transition_epoch(const Condition& until);
// The greatest max_transition_epoch of the phases behind phase 0 (as in FTS, phase 0 is not counted); -1 if none.
[[nodiscard]] std::int64_t epoch_watermark(const Schedule& schedule);

// The condition in words: "plateau(val_loss, patience 2) or epoch 2".
[[nodiscard]] std::string describe(const Condition& until);

// The optimizer (scheduler) in force in a phase: its own, or the last one that an earlier phase set; null: the
// embedding program's.
[[nodiscard]] const Spec* optimizer_in_force(const Schedule& schedule, std::size_t phase);
[[nodiscard]] const Spec* lr_scheduler_in_force(const Schedule& schedule, std::size_t phase);

// Canonical bytes: the same plan gives the same text on every machine.
[[nodiscard]] std::string to_json(const Plan& plan);
// Reads strictly (unknown, missing and repeated keys are refused) and verifies; errors FTS0901 (not a valid plan, with
// the JSON path; all violations of verify()) and FTS0902 (another version).
[[nodiscard]] tl::expected<Plan, Error> from_json(std::string_view text);

// Every rule of PLAN.md that a plan must keep, all violations at once, each with its JSON path in front; empty: valid.
[[nodiscard]] std::vector<std::string> verify(const Plan& plan);

// What `ftsc plan` prints of a valid plan: JSON for programs (PLAN.md, "Summary"), ends with a newline, and
// a table for people, of at most 100 columns.
[[nodiscard]] std::string summary_json(const Plan& plan);
[[nodiscard]] std::string summary_table(const Plan& plan, bool colour);

}  // namespace fts::plan
