// An expression in `epoch` or `step`, as plans hold it: a number, true, false, the word, or ["op", operand, …].
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/rates/arguments.hpp"

namespace fts::rates {

class Expression {
 public:
  // Nothing: an operator that there is not, or with the wrong number of operands.
  static std::optional<Expression> read(const nlohmann::json& tree);
  // The value at a position. Where Python would raise (1 / 0), it is not finite.
  [[nodiscard]] double at(std::int64_t position) const { return value_(static_cast<double>(position)); }

 private:
  using Function = std::function<double(double)>;
  explicit Expression(Function value) : value_(std::move(value)) {}
  Function value_;
};

// The argument `name`: one expression for every group, or a list with one a group.
[[nodiscard]] std::vector<Expression> read_lambdas(Arguments& arguments, const std::string& name);

// What an argument says of a group: one value for all, or one a group; a later group has the last.
template <class T>
[[nodiscard]] const T& of_group(const std::vector<T>& values, std::size_t group) {
  return values[group < values.size() ? group : values.size() - 1];
}

}  // namespace fts::rates
