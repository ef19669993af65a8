#include "compiler/interop/yaml_text.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "compiler/interop/yaml.hpp"

namespace fts::interop {

namespace {

using nlohmann::ordered_json;

// 2e-05 as 2.0e-05: without the dot YAML 1.1 reads a string.
std::string float_text(double value) {
  std::string text = fmt::format("{}", value);
  const auto exponent = text.find('e');
  if (text.find('.') == std::string::npos) text.insert(std::min(exponent, text.size()), ".0");
  return text;
}

std::string string_text(const std::string& text) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '/'; };
  const bool bare = std::all_of(text.begin(), text.end(), plain) &&
                    std::isalpha(static_cast<unsigned char>(text.empty() ? '0' : text[0])) != 0 &&
                    resolve_scalar(text, Dialect::configuration).is(Yaml::Kind::string);
  if (bare) return text;
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; })) return ordered_json(text).dump();
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string scalar_text(const ordered_json& value) {
  if (value.is_string()) return string_text(value.get<std::string>());
  return value.is_number_float() ? float_text(value.get<double>()) : value.dump();
}

std::string flow_text(const ordered_json& list) {
  std::string text;
  for (const auto& e : list) text += (text.empty() ? "" : ", ") + scalar_text(e);
  return "[" + text + "]";
}

bool short_list(const ordered_json& value) {
  const auto scalar = [](const ordered_json& e) { return !e.is_structured() && !e.is_string(); };
  return value.is_array() && (value.empty() || std::all_of(value.begin(), value.end(), scalar));
}

void write(const ordered_json& value, const std::string& indent, std::string& out);

// What stands behind "key:" or "-".
void write_value(const ordered_json& value, const std::string& indent, bool item, std::string& out) {
  if (!value.is_structured())
    out += " " + scalar_text(value) + "\n";
  else if (value.is_object() && value.empty())
    out += " {}\n";
  else if (short_list(value))
    out += " " + flow_text(value) + "\n";
  else if (item) {
    std::string inner;
    write(value, indent + "  ", inner);
    out += " " + inner.substr(indent.size() + 2);
  } else {
    out += "\n";
    write(value, value.is_array() ? indent : indent + "  ", out);
  }
}

void write(const ordered_json& value, const std::string& indent, std::string& out) {
  if (value.is_array()) {
    for (const auto& e : value) {
      out += indent + "-";
      write_value(e, indent, true, out);
    }
    return;
  }
  for (const auto& [key, e] : value.items()) {
    out += indent + (key.starts_with(kIntegerKey) ? key.substr(1) : string_text(key)) + ":";
    write_value(e, indent, false, out);
  }
}

}  // namespace

std::string yaml_text(const ordered_json& value) {
  std::string out;
  if (!value.is_structured() || value.empty())
    write_value(value, "", false, out);
  else
    write(value, "", out);
  return out;
}

}  // namespace fts::interop
