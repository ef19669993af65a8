// What expressions and bodies come to once names, loops and types are resolved.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/base/span.hpp"
#include "compiler/resolve/schema.hpp"
#include "compiler/resolve/selection.hpp"

namespace fts::resolve {

struct Value;

// One attribute of a body, as given or by default (then it has the body's span).
struct Entry {
  std::string name;
  Span name_span;
  std::string label;  // of a labelled block
  Span label_span;
  std::shared_ptr<const Value> value;
  bool given = true;
};

struct RuleEntry {
  SelectionId selection = 0;
  Span span;  // of the selection
  std::shared_ptr<const Value> value;
};

// A body with its attributes in order; defaults are filled in behind the given ones.
struct Body {
  Span span;
  std::vector<Entry> entries;
  std::vector<RuleEntry> rules;

  [[nodiscard]] const Entry* find(std::string_view name) const;
  [[nodiscard]] const Value* value(std::string_view name) const;  // null: not there
  [[nodiscard]] const Value* given(std::string_view name) const;  // null: not written in the file
  // Typed look-ups of values that the schema has already checked; nullopt: not there (or poisoned).
  [[nodiscard]] std::optional<double> number(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;  // string, word or metric name
  [[nodiscard]] const Body* body(std::string_view name) const;
  [[nodiscard]] std::optional<SelectionId> selection(std::string_view name) const;
};

struct Poison {};  // already reported; silent from here on
struct None {};
struct Text {  // string, word, dtype
  std::string text;
};
struct Metric {
  std::string name;
  Body settings;
};
struct Selected {
  SelectionId id = 0;
};
struct Expression {  // prefix form: a number, "epoch", "step" or [op, operand, …]
  nlohmann::json tree;
};
struct Spec {
  const SpecSchema* schema = nullptr;
  Body arguments;  // named, and the positional ones under their names
  std::vector<Value> variadic;
};
struct ListValue {
  std::vector<Value> elements;
};

// The `until` tree as written.
struct Condition {
  enum class Kind { any, all, plateau, epoch, epochs, step, metric };
  Kind kind = Kind::plateau;
  Span span;
  std::vector<Condition> operands;
  std::optional<Metric> monitor;  // plateau: overrides of the schedule's monitor; metric: its name
  std::int64_t count = 0;
  std::string compare;  // metric: "<", "<=", ">", ">="
  double threshold = 0;
};

struct Value {
  Span span;
  std::variant<Poison, None, bool, std::int64_t, double, Text, Metric, Selected, Condition, Expression, Spec, ListValue,
               Body>
      data;

  [[nodiscard]] bool poisoned() const { return std::holds_alternative<Poison>(data); }
  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
};

// The value as plan JSON: numbers, strings, lists, objects; specs as {"name", "arguments"}. Selections are left to
// lower.
[[nodiscard]] nlohmann::json to_json(const Value& value);
[[nodiscard]] nlohmann::json to_json(const Body& body);

}  // namespace fts::resolve
