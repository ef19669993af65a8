#include "compiler/plan/strict_json.hpp"

#include "compiler/base/suggest.hpp"
#include "compiler/plan/words.hpp"

namespace fts::plan {

std::string Path::text() const {
  if (parent == nullptr) return {};
  const std::string before = parent->text();
  if (key.empty()) return fmt::format("{}[{}]", before, index);
  return before.empty() ? std::string(key) : fmt::format("{}.{}", before, key);
}

bool StrictJson::wrong(const Path& path, std::string_view message) {
  const std::string place = path.text();
  fault_ = place.empty() ? std::string(message) : fmt::format("{}: {}", place, message);
  return false;
}

bool StrictJson::unknown_key(const Path& path, std::string_view key, const std::vector<std::string_view>& known) {
  const std::string shown(key.substr(0, 60));
  const std::string hint = did_you_mean(nearest(shown, known, 1));
  return wrong(path, fmt::format("the key '{}' is not known{}{}", shown, hint.empty() ? "" : "; ", hint));
}

bool StrictJson::read(Element e, const Path& path, bool& out) {
  return !e.get_bool().get(out) || wrong(path, "expected true or false");
}

bool StrictJson::read(Element e, const Path& path, double& out) {
  return !e.get_double().get(out) || wrong(path, "expected a number");
}

bool StrictJson::read(Element e, const Path& path, std::string& out) {
  std::string_view text;
  if (e.get_string().get(text)) return wrong(path, "expected a string");
  out = text;
  return true;
}

bool StrictJson::read(Element e, const Path& path, nlohmann::json& out) {
  if (!e.is_object()) return wrong(path, "expected an object");
  return convert(e, path, 0, out);
}

bool StrictJson::convert(Element e, const Path& path, int depth, nlohmann::json& out) {
  using simdjson::dom::element_type;
  if (depth == kMaxJsonDepth) return wrong(path, fmt::format("nested deeper than {} levels", kMaxJsonDepth));
  switch (e.type()) {
    case element_type::NULL_VALUE: out = nullptr; return true;
    case element_type::BOOL: out = e.get_bool().value_unsafe(); return true;
    case element_type::INT64: out = e.get_int64().value_unsafe(); return true;
    case element_type::UINT64: out = e.get_uint64().value_unsafe(); return true;
    case element_type::DOUBLE: out = e.get_double().value_unsafe(); return true;
    case element_type::STRING: out = std::string(e.get_string().value_unsafe()); return true;
    case element_type::ARRAY:
      out = nlohmann::json::array();
      for (const Element element : simdjson::dom::array(e.get_array().value_unsafe())) {
        if (!convert(element, {&path, {}, out.size()}, depth + 1, out.emplace_back())) return false;
      }
      return true;
    case element_type::OBJECT: break;
  }
  out = nlohmann::json::object();
  for (const auto field : simdjson::dom::object(e.get_object().value_unsafe())) {
    const Path at{&path, field.key};
    const auto [value, is_new] = out.emplace(field.key, nullptr);
    if (!is_new) return wrong(at, "the key is there twice");
    if (!convert(field.value, at, depth + 1, *value)) return false;
  }
  return true;
}

}  // namespace fts::plan
