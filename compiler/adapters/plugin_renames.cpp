// Names of parameters as a plugin sees them.
#include <optional>

#include "compiler/adapters/plugin_schema.hpp"

namespace fts::adapters {

namespace {

std::optional<std::string> apply(const PluginRename& rename, std::string_view name) {
  std::vector<std::string_view> taken;
  std::size_t begin = 0;
  for (const auto& piece : rename.from) {
    if (begin > name.size()) return std::nullopt;
    const auto end = std::min(name.find('.', begin), name.size());
    const auto here = name.substr(begin, end - begin);
    if (piece == "*") {
      taken.push_back(here);
    } else if (piece != here) {
      return std::nullopt;
    }
    begin = end + 1;
  }
  std::string out;
  std::size_t next = 0;
  for (const auto& piece : rename.to) {
    out += out.empty() ? "" : ".";
    out += piece == "*" ? taken[next++] : std::string_view(piece);
  }
  if (begin <= name.size()) out += (out.empty() ? "" : ".") + std::string(name.substr(begin));
  return out;
}

}  // namespace

std::string renamed(const std::vector<PluginRename>& renames, std::string_view name) {
  for (const auto& rename : renames) {
    if (auto to = apply(rename, name)) return *to;
  }
  return std::string(name);
}

}  // namespace fts::adapters
