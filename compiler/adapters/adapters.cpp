#include "compiler/adapters/adapters.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/adapters/schemas.hpp"
#include "compiler/base/suggest.hpp"

namespace fts::adapters {

namespace {
constexpr Adapter kAdapters[] = {
    {base_schema, nullptr},           {ddp_schema, nullptr},    {fsdp_schema, nullptr},
    {model_parallel_schema, nullptr}, {plugin_schema, nullptr},
};
}  // namespace

std::span<const Adapter> all() { return kAdapters; }

std::vector<resolve::SpecSchema> schemas() {
  std::vector<resolve::SpecSchema> all;
  for (const auto& adapter : kAdapters) all.push_back(adapter.schema());
  return all;
}

void check(const check::Context& context, const std::string& strategy) {
  std::vector<std::string_view> names;
  for (const auto& s : context.program.strategies) {
    names.push_back(s.name);
    if (!strategy.empty() && s.name != strategy) continue;
    for (const auto& adapter : kAdapters) {
      if (adapter.check != nullptr && adapter.schema().name == s.adapter->schema->name) adapter.check(context, s);
    }
  }
  if (strategy.empty() || std::find(names.begin(), names.end(), strategy) != names.end()) return;
  context.diagnostics.report(Code::unknown_strategy, {}, fmt::format("the file defines no strategy '{}'", strategy))
      .help = did_you_mean(nearest(strategy, names));
}

}  // namespace fts::adapters
