#include "compiler/graph/json_reading.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace fts::graph {

bool json_string(simdjson::ondemand::value value, std::string_view& text) {
  const std::string_view token = value.raw_json_token();
  if (!token.starts_with('"')) return false;
  const auto end = token.find('"', 1);
  if (end == std::string_view::npos) return false;
  text = token.substr(1, end - 1);
  if (text.find('\\') != std::string_view::npos) return value.get_string().get(text) == simdjson::SUCCESS;
  return true;
}

bool json_at_end(simdjson::ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

std::string json_place(simdjson::ondemand::document& document, std::string_view text) {
  const char* at = nullptr;
  if (document.current_location().get(at) != simdjson::SUCCESS) return "at its end";
  if (at < text.data() || at > text.data() + text.size()) return "at its end";
  const auto before = text.substr(0, static_cast<std::size_t>(at - text.data()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return fmt::format("at line {}, column {}", line, column + 1);
}

std::string json_fault(simdjson::error_code code, simdjson::ondemand::document* document, std::string_view text) {
  if (code == simdjson::CAPACITY) return "it is too large (4 GiB is the most)";
  if (code == simdjson::MEMALLOC) return "there is not enough memory to read it";
  const std::string place = document != nullptr ? " " + json_place(*document, text) : "";
  return fmt::format("it is not JSON{}: {}", place, simdjson::error_message(code));
}

}  // namespace fts::graph
