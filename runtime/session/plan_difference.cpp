#include "runtime/session/plan_difference.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fts::session {

namespace {

using json = nlohmann::json;

constexpr std::size_t kMost = 12;
constexpr std::array<std::string_view, 5> kMayChange = {"/model", "/source_hash", "/schedule/max_epochs",
                                                        "/schedule/max_steps", "/strategies"};

std::string brief(const json& value) {
  auto text = value.dump();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::string dotted(std::string path) {
  std::replace(path.begin(), path.end(), '/', '.');
  return path.substr(1);
}

void compare(const json& a, const json& b, const std::string& path, std::vector<std::string>& out) {
  if (a == b || std::find(kMayChange.begin(), kMayChange.end(), path) != kMayChange.end()) return;
  if (a.is_object() && b.is_object()) {
    for (const auto& [key, value] : a.items()) {
      compare(value, b.value(key, json()), path + "/" + key, out);
    }
    for (const auto& [key, value] : b.items()) {
      if (!a.contains(key)) compare(json(), value, path + "/" + key, out);
    }
    return;
  }
  if (a.is_array() && b.is_array() && a.size() == b.size()) {
    for (std::size_t i = 0; i < a.size(); ++i) compare(a[i], b[i], path + "/" + std::to_string(i), out);
    return;
  }
  out.push_back(fmt::format("{} was {}, is {}", dotted(path), brief(a), brief(b)));
}

}  // namespace

std::vector<std::string> plan_differences(const std::string& before, const std::string& now) {
  const auto a = json::parse(before, nullptr, false);
  const auto b = json::parse(now, nullptr, false);
  if (a.is_discarded()) return {"its plan is no JSON"};
  std::vector<std::string> lines;
  compare(a, b, "", lines);
  if (lines.size() > kMost) {
    const auto more = lines.size() - kMost;
    lines.resize(kMost);
    lines.push_back(fmt::format("… and {} more", more));
  }
  return lines;
}

}  // namespace fts::session
