#include "compiler/adapters/adapters.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/adapters/schemas.hpp"
#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"

namespace fts::adapters {

namespace {
constexpr Adapter kAdapters[] = {
    {"base", base_schema, nullptr, nullptr},
    {"ddp", ddp_schema, check_ddp, nullptr},
    {"fsdp", fsdp_schema, check_fsdp, resolve_fsdp},
    {"model_parallel", model_parallel_schema, check_model_parallel, resolve_model_parallel},
    {"plugin", plugin_schema, check_plugin, nullptr},
};

const Adapter& adapter_of(const resolve::Strategy& strategy) {
  return *std::find_if(std::begin(kAdapters), std::end(kAdapters),
                       [&](const Adapter& adapter) { return adapter.name == strategy.adapter->schema->name; });
}
}  // namespace

std::span<const Adapter> all() { return kAdapters; }

std::vector<resolve::SpecSchema> schemas(const std::string& folder) {
  std::vector<resolve::SpecSchema> all;
  for (const auto& adapter : kAdapters) all.push_back(adapter.schema(folder));
  return all;
}

void check(const check::Context& context) {
  const std::string& strategy = context.strategy;
  std::vector<std::string_view> names;
  for (const auto& s : context.program.strategies) {
    names.push_back(s.name);
    if (!strategy.empty() && s.name != strategy) continue;
    if (const auto check = adapter_of(s).check) check(context, s);
  }
  if (strategy.empty() || std::find(names.begin(), names.end(), strategy) != names.end()) return;
  const auto near = nearest(strategy, names);
  context.diagnostics.report(Code::unknown_strategy, {}, fmt::format("the file defines no strategy '{}'", strategy))
      .help = !near.empty()   ? did_you_mean(near)
              : names.empty() ? fmt::format("a strategy is written: strategy {} {{ adapter = base }}", strategy)
                              : fmt::format("its strategies are {}", fmt::join(names, ", "));
}

Resolved resolved(const check::Context& context, const resolve::Strategy& strategy) {
  const auto resolve = adapter_of(strategy).resolve;
  return resolve == nullptr ? Resolved{} : resolve(context, strategy);
}

}  // namespace fts::adapters
