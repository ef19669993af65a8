#include "compiler/resolve/scalar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace fts::resolve {

namespace {

using ast::BinaryOp;
using std::int64_t;

tl::unexpected<std::string> fault(std::string text) { return tl::unexpected<std::string>(std::move(text)); }

ScalarResult finite(double value, Measure unit = Measure::none) {
  if (std::isnan(value)) return fault("the result is not a number");
  if (std::isinf(value)) return fault("the result is too large");
  return Scalar{value, unit};
}

bool both_integers(const Scalar& a, const Scalar& b) { return a.data.index() == 2 && b.data.index() == 2; }

ScalarResult integer_arithmetic(BinaryOp op, int64_t a, int64_t b, Measure unit) {
  int64_t out = 0;
  const bool overflow = op == BinaryOp::add        ? __builtin_add_overflow(a, b, &out)
                        : op == BinaryOp::subtract ? __builtin_sub_overflow(a, b, &out)
                                                   : __builtin_mul_overflow(a, b, &out);
  if (overflow) return fault("the result is too large");
  return Scalar{out, unit};
}

ScalarResult power(const Scalar& a, const Scalar& b) {
  const double result = std::pow(a.as_double(), b.as_double());
  const bool whole = both_integers(a, b) && std::get<int64_t>(b.data) >= 0 && std::abs(result) < 9.0e15;
  if (whole) return Scalar{static_cast<int64_t>(std::llround(result))};
  return finite(result);
}

std::optional<Measure> unit_of(BinaryOp op, Measure a, Measure b) {
  if (op == BinaryOp::add || op == BinaryOp::subtract) return a == b ? std::optional(a) : std::nullopt;
  if (op == BinaryOp::multiply && (a == Measure::none || b == Measure::none)) return a == Measure::none ? b : a;
  if (op == BinaryOp::divide && b == Measure::none) return a;
  if (op == BinaryOp::divide && a == b) return Measure::none;
  return a == Measure::none && b == Measure::none ? std::optional(Measure::none) : std::nullopt;
}

ScalarResult arithmetic(BinaryOp op, const Scalar& a, const Scalar& b) {
  if (!a.is_number() || !b.is_number()) {
    return fault(fmt::format("'{}' needs two numbers, not {} and {}", ast::spelling(op), a.in_words(), b.in_words()));
  }
  const auto unit = unit_of(op, a.unit, b.unit);
  if (!unit) return fault(fmt::format("'{}' cannot mix these units", ast::spelling(op)));
  if (op == BinaryOp::power) return power(a, b);
  if (op == BinaryOp::divide) {
    if (b.as_double() == 0) return fault("division by zero");
    return finite(a.as_double() / b.as_double(), *unit);
  }
  if (both_integers(a, b)) return integer_arithmetic(op, std::get<int64_t>(a.data), std::get<int64_t>(b.data), *unit);
  const double x = a.as_double(), y = b.as_double();
  return finite(op == BinaryOp::add ? x + y : op == BinaryOp::subtract ? x - y : x * y, *unit);
}

ScalarResult comparison(BinaryOp op, const Scalar& a, const Scalar& b) {
  const bool numbers = a.is_number() && b.is_number();
  if (op == BinaryOp::equal || op == BinaryOp::not_equal) {
    if (!numbers && a.data.index() != b.data.index()) {
      return fault(fmt::format("{} and {} cannot be compared", a.in_words(), b.in_words()));
    }
    if (numbers && a.unit != b.unit) return fault(fmt::format("'{}' cannot mix these units", ast::spelling(op)));
    const bool equal = numbers ? a.as_double() == b.as_double() : a.data == b.data;
    return Scalar{equal == (op == BinaryOp::equal)};
  }
  if (!numbers)
    return fault(fmt::format("'{}' needs two numbers, not {} and {}", ast::spelling(op), a.in_words(), b.in_words()));
  if (a.unit != b.unit) return fault(fmt::format("'{}' cannot mix these units", ast::spelling(op)));
  const double x = a.as_double(), y = b.as_double();
  return Scalar{op == BinaryOp::less         ? x < y
                : op == BinaryOp::less_equal ? x <= y
                : op == BinaryOp::greater    ? x > y
                                             : x >= y};
}

struct Function {
  std::string_view name;
  std::size_t least, most;  // arguments
};
constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
constexpr std::array kFunctions = {Function{"min", 1, kAny}, Function{"max", 1, kAny}, Function{"abs", 1, 1},
                                   Function{"floor", 1, 1},  Function{"cos", 1, 1},    Function{"sin", 1, 1},
                                   Function{"pow", 2, 2},    Function{"sqrt", 1, 1}};

const Function* find_function(std::string_view name) {
  const auto found =
      std::find_if(kFunctions.begin(), kFunctions.end(), [&](const Function& f) { return f.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

ScalarResult floor_of(const Scalar& a) {
  const double down = std::floor(a.as_double());
  if (std::abs(down) > 9.0e15) return fault("the result is too large");
  return Scalar{static_cast<int64_t>(down), a.unit};
}

ScalarResult abs_of(const Scalar& a) {
  if (a.data.index() == 3) return Scalar{std::abs(std::get<double>(a.data)), a.unit};
  const int64_t value = std::get<int64_t>(a.data);
  if (value == std::numeric_limits<int64_t>::min()) return fault("the result is too large");
  return Scalar{std::abs(value), a.unit};
}

}  // namespace

double Scalar::as_double() const {
  if (const auto* i = std::get_if<int64_t>(&data)) return static_cast<double>(*i);
  const auto* d = std::get_if<double>(&data);
  return d == nullptr ? std::numeric_limits<double>::quiet_NaN() : *d;
}

std::string Scalar::in_words() const {
  if (const auto* b = std::get_if<bool>(&data)) return *b ? "true" : "false";
  if (const auto* s = std::get_if<std::string>(&data)) return fmt::format("the string '{}'", *s);
  if (is_number()) {
    const auto* kind = unit == Measure::bytes ? "size" : unit == Measure::seconds ? "time" : "number";
    return data.index() == 2 ? fmt::format("the {} {}", kind, std::get<int64_t>(data))
                             : fmt::format("the {} {}", kind, as_double());
  }
  return "none";
}

ScalarResult number(const ast::Number& literal) {
  static constexpr std::array<std::pair<std::string_view, double>, 13> kUnits = {{{"B", 1},
                                                                                  {"KB", 1e3},
                                                                                  {"MB", 1e6},
                                                                                  {"GB", 1e9},
                                                                                  {"TB", 1e12},
                                                                                  {"KiB", 1024.0},
                                                                                  {"MiB", 1048576.0},
                                                                                  {"GiB", 1073741824.0},
                                                                                  {"TiB", 1099511627776.0},
                                                                                  {"ms", 1e-3},
                                                                                  {"s", 1},
                                                                                  {"min", 60},
                                                                                  {"h", 3600}}};
  if (literal.unit.empty()) return literal.integer ? Scalar{*literal.integer} : Scalar{literal.value};
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (kUnits[i].first != literal.unit) continue;
    const double value = literal.value * kUnits[i].second;
    if (i >= 9) return Scalar{value, Measure::seconds};
    if (value > 9.0e15) return fault("the size is too large");
    return Scalar{static_cast<int64_t>(std::llround(value)), Measure::bytes};
  }
  return fault(fmt::format("there is no unit '{}'", literal.unit));
}

ScalarResult apply(ast::UnaryOp op, const Scalar& operand) {
  if (op == ast::UnaryOp::logical_not) {
    const auto* b = std::get_if<bool>(&operand.data);
    if (b == nullptr) return fault("'not' needs true or false, not " + operand.in_words());
    return Scalar{!*b};
  }
  return arithmetic(BinaryOp::subtract, Scalar{int64_t{0}, operand.unit}, operand);
}

ScalarResult apply(BinaryOp op, const Scalar& left, const Scalar& right) {
  switch (op) {
    case BinaryOp::logical_and:
    case BinaryOp::logical_or: {
      const auto* a = std::get_if<bool>(&left.data);
      const auto* b = std::get_if<bool>(&right.data);
      if (a == nullptr || b == nullptr) {
        return fault(fmt::format("'{}' needs true or false, not {}", ast::spelling(op),
                                 (a == nullptr ? left : right).in_words()));
      }
      return Scalar{op == BinaryOp::logical_and ? *a && *b : *a || *b};
    }
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal: return comparison(op, left, right);
    case BinaryOp::where:
    case BinaryOp::set_union:
    case BinaryOp::set_intersection: return fault(fmt::format("'{}' is for selections", ast::spelling(op)));
    default: return arithmetic(op, left, right);
  }
}

bool is_function(std::string_view name) { return find_function(name) != nullptr; }

std::string argument_fault(std::string_view name, std::size_t count) {
  const Function* f = find_function(name);
  if (f == nullptr) return fmt::format("there is no function '{}'", name);
  if (count >= f->least && count <= f->most) return {};
  return fmt::format("'{}' takes {} argument{}{}, not {}", name, f->least, f->least == 1 ? "" : "s",
                     f->most == kAny ? " or more" : "", count);
}

ScalarResult call_function(std::string_view name, const std::vector<Scalar>& arguments) {
  if (auto wrong = argument_fault(name, arguments.size()); !wrong.empty()) return fault(std::move(wrong));
  for (const auto& a : arguments) {
    if (!a.is_number()) return fault(fmt::format("'{}' needs numbers, not {}", name, a.in_words()));
    if (a.unit != arguments.front().unit) return fault(fmt::format("'{}' cannot mix these units", name));
  }
  const auto less = [](const Scalar& a, const Scalar& b) { return a.as_double() < b.as_double(); };
  const double x = arguments.front().as_double();
  if (name == "min") return *std::min_element(arguments.begin(), arguments.end(), less);
  if (name == "max") return *std::max_element(arguments.begin(), arguments.end(), less);
  if (name == "abs") return abs_of(arguments.front());
  if (name == "floor") return floor_of(arguments.front());
  if (name == "pow") return apply(BinaryOp::power, arguments[0], arguments[1]);
  return finite(name == "cos" ? std::cos(x) : name == "sin" ? std::sin(x) : std::sqrt(x));
}

}  // namespace fts::resolve
