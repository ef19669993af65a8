// A unit that no phase trains is gathered at every step all the same; where it is small, keeping it whole is cheaper.
#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

void frozen_units(const StrategyContext& context) {
  constexpr double kFits = 1024.0 * 1024 * 1024;  // all of them together
  constexpr double kWorthIt = kFits / 64;
  if (!context.training.known || !context.layout.known) return;
  std::vector<ModuleId> frozen;
  const Unit* first = nullptr;
  double bytes = 0;
  for (const Unit& unit : context.layout.units) {
    bool trains = unit.parameters.empty();
    for (const ParamId p : unit.parameters) trains = trains || context.training.thawed_in[p] != kNone;
    if (trains) continue;
    if (first == nullptr) first = &unit;
    frozen.push_back(unit.module);
    bytes += stored_bytes(context.graph(), unit);
  }
  if (bytes < kWorthIt || bytes > kFits) return;
  const bool flat = context.strategy.adapter->schema->name == "fsdp";
  context.check.diagnostics
      .report(
          Code::frozen_gathered, origin_span(context, *first),
          fmt::format("no phase trains {}, but every step gathers {} for {}", modules_in_words(context.graph(), frozen),
                      bytes_in_words(bytes), frozen.size() == 1 ? "it" : "them"))
      .help = flat ? "keep it whole on every rank: ignored_modules"
                   : "keep it whole on every rank: leave it out of the units, or give the unit ignored_params";
}

}  // namespace fts::adapters
