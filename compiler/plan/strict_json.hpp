// Inside the stage: JSON read strictly, with the path of the first fault.
#pragma once
#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace fts::plan {

using Element = simdjson::dom::element;

// Where a value stands, as a chain on the stack: it becomes text only in a message.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;  // empty: an element of an array
  std::size_t index = 0;
  [[nodiscard]] std::string text() const;
};

class StrictJson {
 public:
  [[nodiscard]] const std::string& fault() const { return fault_; }
  // Always false, so that a caller can return it.
  bool wrong(const Path& path, std::string_view message);

  bool read(Element e, const Path& path, bool& out);
  bool read(Element e, const Path& path, double& out);
  bool read(Element e, const Path& path, std::string& out);
  bool read(Element e, const Path& path, nlohmann::json& out);  // an object of settings or arguments
  template <std::integral T>
  requires(!std::same_as<T, bool>) bool read(Element e, const Path& path, T& out) {
    std::int64_t number = 0;
    if (e.get_int64().get(number) || !std::in_range<T>(number)) {
      return wrong(path, fmt::format("expected a whole number from {} to {}", std::numeric_limits<T>::min(),
                                     std::numeric_limits<T>::max()));
    }
    out = static_cast<T>(number);
    return true;
  }

  // `null` is nothing; else read(…) of the value.
  template <typename T, typename Read>
  bool optional(Element e, std::optional<T>& out, Read&& read_value) {
    out.reset();
    return e.is_null() || read_value(out.emplace());
  }

  // Every element through read_element(element, path, T&).
  template <typename T, typename Read>
  bool array(Element e, const Path& path, std::vector<T>& out, Read&& read_element) {
    simdjson::dom::array elements;
    if (e.get_array().get(elements)) return wrong(path, "expected an array");
    for (const Element element : elements) {
      const Path at{&path, {}, out.size()};
      if (!read_element(element, at, out.emplace_back())) return false;
    }
    return true;
  }
  template <typename T>
  bool numbers(Element e, const Path& path, std::vector<T>& out) {
    return array(e, path, out, [&](Element element, const Path& at, T& number) { return read(element, at, number); });
  }

  // Every key of an object through take(position in `keys`, value, path). Each key must be there once; those behind the
  // first `required` may be left out; others are refused.
  template <std::size_t N, typename Take>
  bool object(Element e, const Path& path, const std::array<std::string_view, N>& keys, std::size_t required,
              Take&& take) {
    simdjson::dom::object fields;
    if (e.get_object().get(fields)) return wrong(path, "expected an object");
    std::array<bool, N> seen{};
    for (const auto field : fields) {
      const auto number = static_cast<std::size_t>(std::find(keys.begin(), keys.end(), field.key) - keys.begin());
      const Path at{&path, field.key};
      if (number == N) return unknown_key(path, field.key, {keys.begin(), keys.end()});
      if (seen[number]) return wrong(at, "the key is there twice");
      seen[number] = true;
      if (!take(number, field.value, at)) return false;
    }
    for (std::size_t i = 0; i < required; ++i) {
      if (!seen[i]) return wrong(path, fmt::format("the key '{}' is missing", keys[i]));
    }
    return true;
  }

 private:
  bool unknown_key(const Path& path, std::string_view key, const std::vector<std::string_view>& known);
  bool convert(Element e, const Path& path, int depth, nlohmann::json& out);

  std::string fault_;
};

}  // namespace fts::plan
