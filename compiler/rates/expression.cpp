#include "compiler/rates/expression.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace fts::rates {

namespace {

using Operands = std::array<double, 3>;

struct Operator {
  std::string_view name;
  std::size_t operands;
  double (*apply)(const Operands&);
};

// Booleans are 0 and 1, as Python's are in arithmetic.
constexpr std::array kOperators = {
    Operator{"+", 2, [](const Operands& x) { return x[0] + x[1]; }},
    Operator{"-", 2, [](const Operands& x) { return x[0] - x[1]; }},
    Operator{"*", 2, [](const Operands& x) { return x[0] * x[1]; }},
    Operator{"/", 2, [](const Operands& x) { return x[0] / x[1]; }},
    Operator{"**", 2, [](const Operands& x) { return std::pow(x[0], x[1]); }},
    Operator{"pow", 2, [](const Operands& x) { return std::pow(x[0], x[1]); }},
    Operator{"==", 2, [](const Operands& x) { return x[0] == x[1] ? 1.0 : 0.0; }},
    Operator{"!=", 2, [](const Operands& x) { return x[0] != x[1] ? 1.0 : 0.0; }},
    Operator{"<", 2, [](const Operands& x) { return x[0] < x[1] ? 1.0 : 0.0; }},
    Operator{"<=", 2, [](const Operands& x) { return x[0] <= x[1] ? 1.0 : 0.0; }},
    Operator{">", 2, [](const Operands& x) { return x[0] > x[1] ? 1.0 : 0.0; }},
    Operator{">=", 2, [](const Operands& x) { return x[0] >= x[1] ? 1.0 : 0.0; }},
    Operator{"and", 2, [](const Operands& x) { return x[0] != 0 && x[1] != 0 ? 1.0 : 0.0; }},
    Operator{"or", 2, [](const Operands& x) { return x[0] != 0 || x[1] != 0 ? 1.0 : 0.0; }},
    Operator{"not", 1, [](const Operands& x) { return x[0] == 0 ? 1.0 : 0.0; }},
    Operator{"negate", 1, [](const Operands& x) { return -x[0]; }},
    Operator{"if", 3, [](const Operands& x) { return x[0] != 0 ? x[1] : x[2]; }},
    Operator{"abs", 1, [](const Operands& x) { return std::abs(x[0]); }},
    Operator{"floor", 1, [](const Operands& x) { return std::floor(x[0]); }},
    Operator{"cos", 1, [](const Operands& x) { return std::cos(x[0]); }},
    Operator{"sin", 1, [](const Operands& x) { return std::sin(x[0]); }},
    Operator{"sqrt", 1, [](const Operands& x) { return std::sqrt(x[0]); }},
};

using Functions = std::vector<std::function<double(double)>>;

std::function<double(double)> least_or_greatest(bool greatest, Functions of) {
  return [greatest, of = std::move(of)](double position) {
    double found = of.front()(position);
    for (const auto& f : of) found = greatest ? std::max(found, f(position)) : std::min(found, f(position));
    return found;
  };
}

}  // namespace

std::optional<Expression> Expression::read(const nlohmann::json& tree) {
  if (tree == "epoch" || tree == "step") return Expression([](double position) { return position; });
  if (tree.is_number() || tree.is_boolean()) {
    const double value = tree.is_boolean() ? (tree.get<bool>() ? 1.0 : 0.0) : tree.get<double>();
    return Expression([value](double) { return value; });
  }
  if (!tree.is_array() || tree.size() < 2 || !tree.front().is_string()) return std::nullopt;
  Functions of;
  for (std::size_t i = 1; i < tree.size(); ++i) {
    auto operand = read(tree[i]);
    if (!operand) return std::nullopt;
    of.push_back(std::move(operand->value_));
  }
  const auto& name = tree.front().get_ref<const std::string&>();
  if (name == "min" || name == "max") return Expression(least_or_greatest(name == "max", std::move(of)));
  const auto* op = std::find_if(kOperators.begin(), kOperators.end(), [&](const auto& o) { return o.name == name; });
  if (op == kOperators.end() || op->operands != of.size()) return std::nullopt;
  return Expression([apply = op->apply, of = std::move(of)](double position) {
    Operands values{};
    for (std::size_t i = 0; i < of.size(); ++i) values[i] = of[i](position);
    return apply(values);
  });
}

std::vector<Expression> read_lambdas(Arguments& arguments, const std::string& name) {
  std::vector<Expression> all;
  const auto* value = arguments.required(name);
  if (value == nullptr) return all;
  // A list of expressions, or one expression, which is a list too but begins with its operator.
  const bool several =
      value->is_array() && !value->empty() &&
      !(value->front().is_string() && value->size() > 1 && value->front() != "epoch" && value->front() != "step");
  for (const auto& tree : several ? *value : nlohmann::json::array({*value})) {
    if (auto expression = Expression::read(tree)) all.push_back(std::move(*expression));
  }
  arguments.require(all.size() == (several ? value->size() : 1),
                    "'" + name + "' must be an expression in epoch or step, or a list of them");
  return all;
}

}  // namespace fts::rates
