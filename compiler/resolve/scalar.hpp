// Numbers, truth values and strings, and what operators and functions do with them. Pure: no names, no places.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "compiler/ast/ast.hpp"

namespace fts::resolve {

enum class Measure { none, bytes, seconds };

struct Scalar {
  std::variant<std::monostate, bool, std::int64_t, double, std::string> data;  // monostate: none
  Measure unit = Measure::none;

  [[nodiscard]] bool is_number() const { return data.index() == 2 || data.index() == 3; }
  [[nodiscard]] double as_double() const;
  [[nodiscard]] std::string in_words() const;  // "the number 3", "true", "the string 'x'"
  friend bool operator==(const Scalar&, const Scalar&) = default;
};

// Results, or a sentence that says why there is none (wrong types, overflow, division by zero, NaN).
using ScalarResult = tl::expected<Scalar, std::string>;
[[nodiscard]] ScalarResult number(const ast::Number& literal);
[[nodiscard]] ScalarResult apply(ast::UnaryOp op, const Scalar& operand);
[[nodiscard]] ScalarResult apply(ast::BinaryOp op, const Scalar& left, const Scalar& right);
// min max abs floor cos sin pow sqrt
[[nodiscard]] ScalarResult call_function(std::string_view name, const std::vector<Scalar>& arguments);
[[nodiscard]] bool is_function(std::string_view name);
// What is wrong with a call of the function with that many arguments; empty: nothing.
[[nodiscard]] std::string argument_fault(std::string_view name, std::size_t count);

}  // namespace fts::resolve
