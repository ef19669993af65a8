#include "runtime/adapters/registry.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/adapters/load_plugin.hpp"

namespace fts {

namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Adapter> (*make)();
};

constexpr std::array kAdapters = {
    Entry{"base", make_base_adapter},
    Entry{"ddp", make_ddp_adapter},
    Entry{"fsdp", make_fsdp_adapter},
    Entry{"model_parallel", make_model_parallel_adapter},
};

// Registered in this program, or built in; null: neither.
std::unique_ptr<Adapter> at_hand(const std::string& name) {
  for (const auto& own : registered_adapters()) {
    if (own.name == lower_case(name)) return own.make();
  }
  for (const auto& built_in : kAdapters) {
    if (built_in.name == name) return built_in.make();
  }
  return nullptr;
}

tl::expected<AdapterChoice, Error> unknown(const std::string& name, bool allow_untested) {
  std::string known;
  for (const auto& e : kAdapters) known += (known.empty() ? "" : ", ") + std::string(e.name);
  auto error = make_error(Code::unsupported_at_run_time, fmt::format("the runtime has no adapter '{}'", name),
                          "it has " + known);
  if (!allow_untested) return tl::unexpected(std::move(error));
  auto& warning = error.diagnostics.front();
  warning.severity = Severity::warning;
  warning.help = "'base' stands in for it, because allow_untested is set";
  return AdapterChoice{make_base_adapter(), {std::move(warning)}};
}

}  // namespace

tl::expected<AdapterChoice, Error> choose_adapter(const plan::Strategy& strategy, const AdapterOptions& options) {
  const bool plugin = !options.custom.empty() || strategy.adapter == "plugin";
  const auto name = !options.custom.empty() ? options.custom
                    : plugin                ? strategy.settings.value("which", std::string())
                                            : strategy.adapter;
  if (auto adapter = at_hand(name)) return AdapterChoice{std::move(adapter), {}};
  if (!plugin) return unknown(name, options.allow_untested || strategy.settings.value("allow_untested", false));
  std::vector<Diagnostic> warnings;
  const auto place = find_plugin(name, options.folder, warnings);
  if (!place) return tl::unexpected(place.error());
  auto adapter = load_plugin(*place);
  if (!adapter) return tl::unexpected(std::move(adapter.error()));
  return AdapterChoice{std::move(*adapter), std::move(warnings)};
}

}  // namespace fts
