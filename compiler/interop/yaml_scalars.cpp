// YAML 1.1's implicit types as PyYAML resolves them, and Python's conversions.
#include <charconv>
#include <cmath>
#include <limits>
#include <regex>

#include <fmt/format.h>

#include "compiler/interop/yaml.hpp"

namespace fts::interop {

namespace {

constexpr std::size_t kLongestScalar = 64;  // of a number; longer text is text

// The patterns of PyYAML's resolver, compiled once.
struct Patterns {
  std::regex boolean = make("yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF");
  std::regex truth = make("yes|Yes|YES|true|True|TRUE|on|On|ON");
  std::regex integer =
      make("[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+");
  std::regex real = make(
      "[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+][0-9]+)?|\\.[0-9][0-9_]*([eE][-+][0-9]+)?|"
      "[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  std::regex exponent =  // jsonargparse's addition
      make("[-+]?[0-9][0-9_]*\\.?[0-9_]*[eE][-+]?[0-9]+|[-+]?\\.[0-9_]+[eE][-+]?[0-9]+");

  static std::regex make(const char* text) { return std::regex(text, std::regex::ECMAScript | std::regex::nosubs); }
};

const Patterns& patterns() {
  static const Patterns all;
  return all;
}

bool matches(const std::string& text, const std::regex Patterns::*pattern) {
  return std::regex_match(text, patterns().*pattern);
}

std::string without_underscores(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '_') out += c;
  }
  return out;
}

std::optional<double> parse_double(std::string text) {
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.erase(0, 1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (code == std::errc::result_out_of_range) return text.find('-', 1) != std::string::npos ? 0.0 : HUGE_VAL;
  return code == std::errc{} ? std::optional(value) : std::nullopt;
}

// Base 60: 1:30 is 90.
double sexagesimal(const std::string& text) {
  double value = 0;
  const double sign = text.starts_with('-') ? -1 : 1;
  std::size_t begin = text.find_first_not_of("+-");
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(':', begin), text.size());
    value = value * 60 + parse_double(text.substr(begin, end - begin)).value_or(0);
    begin = end + 1;
  }
  return sign * value;
}

double float_value(const std::string& text) {
  const std::string plain = without_underscores(text);
  if (plain.ends_with("inf") || plain.ends_with("Inf") || plain.ends_with("INF"))
    return plain.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
  if (plain.find_first_of("nN") != std::string::npos) return std::nan("");
  if (plain.find(':') != std::string::npos) return sexagesimal(plain);
  return parse_double(plain).value_or(0);
}

std::optional<std::int64_t> int_value(const std::string& text) {
  std::string plain = without_underscores(text);
  if (plain.find(':') != std::string::npos) {
    const double value = sexagesimal(plain);
    return std::abs(value) < 0x1p63 ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
  }
  const bool negative = plain.starts_with('-');
  plain.erase(0, plain.find_first_not_of("+-"));
  int base = 10;
  if (plain.starts_with("0b") || plain.starts_with("0x")) {
    base = plain[1] == 'b' ? 2 : 16;
    plain.erase(0, 2);
  } else if (plain.size() > 1 && plain[0] == '0') {
    base = 8;
  }
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(plain.data(), plain.data() + plain.size(), value, base);
  if (code != std::errc{} || end != plain.data() + plain.size()) return std::nullopt;
  return negative ? -value : value;
}

std::string_view stripped(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n\r\f\v");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n\r\f\v") - first + 1);
}

// Python lets one underscore stand between two digits.
bool underscores_between_digits(std::string_view text) {
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_' && (i == 0 || !digit(i - 1) || !digit(i + 1))) return false;
  }
  return true;
}

}  // namespace

Yaml resolve_scalar(std::string text, Dialect dialect) {
  Yaml value;
  value.kind = Yaml::Kind::string;
  const bool short_enough = text.size() <= kLongestScalar;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    value.kind = Yaml::Kind::null;
  } else if (short_enough && matches(text, &Patterns::boolean)) {
    value.kind = Yaml::Kind::boolean;
    value.truth = matches(text, &Patterns::truth);
  } else if (short_enough && matches(text, &Patterns::integer)) {
    const auto number = int_value(text);
    value.kind = number ? Yaml::Kind::integer : Yaml::Kind::real;
    value.integer = number.value_or(0);
    value.real = number ? static_cast<double>(*number) : float_value(text);
  } else if (short_enough && (matches(text, &Patterns::real) ||
                              (dialect == Dialect::configuration && matches(text, &Patterns::exponent)))) {
    value.kind = Yaml::Kind::real;
    value.real = float_value(text);
  }
  value.text = std::move(text);
  return value;
}

std::optional<double> python_float(std::string_view text) {
  text = stripped(text);
  if (text.empty() || !underscores_between_digits(text)) return std::nullopt;
  std::string lower;
  for (const char c : without_underscores(text))
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string unsigned_text = lower.substr(lower.find_first_not_of("+-") == 1 ? 1 : 0);
  if (unsigned_text == "nan") return std::nan("");
  if (unsigned_text == "inf" || unsigned_text == "infinity") return lower[0] == '-' ? -HUGE_VAL : HUGE_VAL;
  if (unsigned_text.find_first_not_of("0123456789.e+-") != std::string::npos) return std::nullopt;
  return parse_double(lower);
}

std::optional<std::int64_t> python_int(std::string_view text) {
  text = stripped(text);
  if (text.empty() || !underscores_between_digits(text)) return std::nullopt;
  std::string digits = without_underscores(text);
  if (digits.starts_with("+-")) return std::nullopt;
  if (digits.starts_with('+')) digits.erase(0, 1);
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return code == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

bool Yaml::truthy() const {
  switch (kind) {
    case Kind::null: return false;
    case Kind::boolean: return truth;
    case Kind::integer: return integer != 0;
    case Kind::real: return real != 0;
    case Kind::string: return !text.empty();
    case Kind::list: return !elements.empty();
    case Kind::map: return !entries.empty();
  }
  return false;
}

std::string Yaml::as_text() const {
  switch (kind) {
    case Kind::null: return "None";
    case Kind::boolean: return truth ? "True" : "False";
    case Kind::integer: return std::to_string(integer);
    default: return text;
  }
}

std::string Yaml::in_words() const {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return truth ? "true" : "false";
    case Kind::integer:
    case Kind::real: return text;
    case Kind::string: return "the string '" + text + "'";
    case Kind::list: return "a list";
    case Kind::map: return "a mapping";
  }
  return {};
}

bool python_equal(const Yaml& a, const Yaml& b) {
  const auto number = [](const Yaml& y) -> std::optional<double> {
    if (y.is(Yaml::Kind::boolean)) return y.truth ? 1 : 0;
    if (y.is(Yaml::Kind::integer)) return static_cast<double>(y.integer);
    return y.is(Yaml::Kind::real) ? std::optional(y.real) : std::nullopt;
  };
  if (const auto x = number(a), y = number(b); x && y) return *x == *y;
  return a.kind == b.kind && a.text == b.text && (a.is(Yaml::Kind::string) || a.is(Yaml::Kind::null));
}

}  // namespace fts::interop
