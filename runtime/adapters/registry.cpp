#include "runtime/adapters/registry.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace fts {

namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Adapter> (*make)();
};

constexpr std::array kAdapters = {
    Entry{"base", make_base_adapter},
};

}  // namespace

tl::expected<std::unique_ptr<Adapter>, Error> make_adapter(std::string_view name) {
  const auto* entry = std::find_if(kAdapters.begin(), kAdapters.end(), [&](const auto& e) { return e.name == name; });
  if (entry != kAdapters.end()) return entry->make();
  std::string known;
  for (const auto& e : kAdapters) known += (known.empty() ? "" : ", ") + std::string(e.name);
  return tl::unexpected(make_error(Code::unsupported_at_run_time, fmt::format("the runtime has no adapter '{}'", name),
                                   "it has " + known));
}

}  // namespace fts
