// What the checks of an adapter see: the strategy, what trains when, and how the model falls into units. Private to the
// stage. Words: a *unit* is a module whose parameters are gathered and reduced together; a parameter belongs to the
// unit of its nearest ancestor that is one; a *plain* parameter belongs to none and stays whole on every rank.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/check.hpp"

namespace fts::adapters {

using graph::kNone;
using graph::ModuleId;
using graph::ParamId;

// When each parameter trains; every name of a tied tensor alike.
struct Training {
  std::vector<std::uint32_t> thawed_in;  // by parameter: the phase; kNone: never
  std::vector<std::uint32_t> frozen_in;  // by parameter: the phase that freezes it again; kNone: none
  std::vector<std::string> phases;       // names
  bool known = true;                     // false: a fault in the phases was reported; nothing follows from the above

  [[nodiscard]] bool trains(ParamId p, std::uint32_t phase) const {
    return thawed_in[p] <= phase && frozen_in[p] > phase;  // kNone is the greatest
  }
};
[[nodiscard]] Training training_of(const check::Context& context);

// What made a module a unit; for messages.
struct Origin {
  enum class Kind { root, policy, entry };  // entry: a rule of fsdp_plan, or an element of awp_overrides
  Kind kind = Kind::root;
  std::size_t entry = 0;
};

struct Unit {
  ModuleId module = 0;
  Origin origin;
  std::vector<ParamId> parameters;  // ascending; a tied tensor once, under its first name
  std::int64_t numel = 0;           // of all of them
  bool outermost = false;           // no other unit around it
};

// What is wrong with the entries themselves, collected while units are made.
struct EntryFaults {
  struct Twice {  // matched by two entries
    std::size_t first = 0, second = 0;
    std::vector<ModuleId> modules;
  };
  struct Container {  // it has no forward that could gather it
    std::size_t entry = 0;
    std::vector<ModuleId> modules;
  };
  struct Late {  // modules of `entry` that come after a module around them, which `around_entry` has made a unit
    std::size_t entry = 0, around_entry = 0;
    std::vector<ModuleId> around;  // each once
    std::vector<ModuleId> modules;
  };
  std::vector<Twice> twice;
  std::vector<Container> containers;
  std::vector<Late> late;
};

struct Layout {
  std::vector<Unit> units;             // in the order in which they are applied: children before parents
  std::vector<std::uint32_t> unit_of;  // by parameter, each name by itself: position in `units`; kNone: plain
  std::vector<std::uint32_t> unit_at;  // by module: the unit that its own parameters fall into; kNone: none
  EntryFaults faults;
  bool known = true;  // false: an entry is faulty, so that a unit may be missing
};

[[nodiscard]] bool is_compat(const check::Context& context);  // compat = fts

struct StrategyContext {
  const check::Context& check;
  const resolve::Strategy& strategy;
  const Training& training;
  const Layout& layout;

  [[nodiscard]] const graph::ParamGraph& graph() const { return check.graph; }
  [[nodiscard]] bool compat() const { return is_compat(check); }
  // Reports a fault that the Python scheduler lets pass: an error, but under compat = fts a warning.
  Diagnostic& report_lenient(Code code, Span span, std::string message) const;
};

struct StrategyCheck {
  std::string_view name;
  void (*run)(const StrategyContext&);
};
// Runs an adapter's list of checks.
void run_checks(std::span<const StrategyCheck> checks, const check::Context& context, const resolve::Strategy& strategy,
                const Layout& layout);

// A setting of the strategy, wherever it is written: in the strategy's body, or in the adapter's own braces. Null: it
// is not there, or faulty.
[[nodiscard]] const resolve::Value* setting(const resolve::Strategy& strategy, std::string_view name);
[[nodiscard]] const resolve::Body* body_setting(const resolve::Strategy& strategy, std::string_view name);
[[nodiscard]] bool flag_setting(const resolve::Strategy& strategy, std::string_view name, bool fallback);

// ModuleList and ModuleDict: modules that are never called.
[[nodiscard]] bool is_container(const graph::Module& module);
// Whether `inner` is `outer` or inside it.
[[nodiscard]] bool is_within(const graph::ParamGraph& graph, ModuleId inner, ModuleId outer);
// Gives each parameter, under its first name, to the unit of its nearest ancestor that is one; `is_unit` by module, as
// positions in units (kNone: none). Parameters in `ignored` and scalars stay plain.
void assign_parameters(const graph::ParamGraph& graph, const resolve::Set& ignored, Layout& layout);

// "'a'", "3 modules ('a', 'b', 'c')", "9 modules ('a', 'b', 'c', …)"; likewise parameters. The root is "the root".
[[nodiscard]] std::string modules_in_words(const graph::ParamGraph& graph, const std::vector<ModuleId>& modules);
[[nodiscard]] std::string parameters_in_words(const graph::ParamGraph& graph, const std::vector<ParamId>& parameters);
[[nodiscard]] std::string name_of_module(const graph::ParamGraph& graph, ModuleId module);
[[nodiscard]] std::string bytes_in_words(double bytes);

}  // namespace fts::adapters
