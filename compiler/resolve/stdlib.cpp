#include "compiler/resolve/stdlib.hpp"

#include <algorithm>

namespace fts::resolve {

namespace {
// Generated from stdlib/*.fts (cmake/embed.cmake).
constexpr StandardModule kModules[] = {
#include "stdlib_modules.inc"
};
}  // namespace

std::span<const StandardModule> standard_modules() { return kModules; }

std::optional<std::string_view> standard_module(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kModules), std::end(kModules), [&](const StandardModule& m) { return m.name == name; });
  return found == std::end(kModules) ? std::nullopt : std::optional(found->text);
}

}  // namespace fts::resolve
