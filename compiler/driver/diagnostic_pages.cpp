// The pages of docs/diagnostics, embedded.
#include <algorithm>
#include <utility>

#include "compiler/driver/commands.hpp"

namespace fts::driver {

namespace {
constexpr std::pair<std::string_view, std::string_view> kPages[] = {
#include "diagnostic_pages.inc"
};
}  // namespace

std::string_view diagnostic_page(std::string_view id) {
  const auto found =
      std::find_if(std::begin(kPages), std::end(kPages), [&](const auto& page) { return page.first == id; });
  return found == std::end(kPages) ? std::string_view{} : found->second;
}

}  // namespace fts::driver
