// Units of a sensible size: one that is most of the model saves no memory, many tiny ones wait for the network, and
// what is left to the root is reduced last, with nothing to hide it.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kLargeModel = kGiB / 4;  // below it, nothing about sizes matters
constexpr std::int64_t kTinyUnit = 1 << 16;
constexpr std::size_t kManyTiny = 8;

double largest_parameter(const graph::ParamGraph& graph, const Unit& unit) {
  double largest = 0;
  for (const ParamId p : unit.parameters) {
    const auto parameter = graph.parameter(p);
    largest = std::max(largest, static_cast<double>(parameter.numel) * static_cast<double>(size_of(parameter.dtype)));
  }
  return largest;
}

// What is larger than half of the model.
void too_large(const StrategyContext& context, double total) {
  for (const Unit& unit : context.layout.units) {
    const double bytes = stored_bytes(context.graph(), unit);
    if (bytes - largest_parameter(context.graph(), unit) <= total / 2) continue;  // one parameter cannot be cut
    auto& d = context.check.diagnostics.report(
        Code::unit_size, origin_span(context, unit),
        fmt::format("{} holds {} of the model's {}: each step gathers it whole on every rank",
                    unit_in_words(context, unit), bytes_in_words(bytes), bytes_in_words(total)));
    d.help = "make units of the repeated layers in it";
  }
}

void too_small(const StrategyContext& context, double total) {
  std::vector<ModuleId> tiny;
  const Unit* first = nullptr;
  for (const Unit& unit : context.layout.units) {
    if (unit.numel >= kTinyUnit || unit.parameters.empty() || unit.outermost) continue;
    if (first == nullptr) first = &unit;
    tiny.push_back(unit.module);
  }
  if (tiny.size() < kManyTiny || tiny.size() * 2 < context.layout.units.size()) return;
  context.check.diagnostics
      .report(Code::unit_size, origin_span(context, *first),
              fmt::format("{} are units of fewer than {} elements in a model of {}: each costs a collective of its own",
                          modules_in_words(context.graph(), tiny), kTinyUnit, bytes_in_words(total)))
      .help = "shard the layers around them instead";
}

bool has_units_inside(const StrategyContext& context, const Unit& unit) {
  const auto& units = context.layout.units;
  return std::any_of(units.begin(), units.end(), [&](const Unit& other) {
    return other.module != unit.module && is_within(context.graph(), other.module, unit.module);
  });
}

// Bytes of a unit without what is tied: that stays in the unit around both of its places.
double movable_bytes(const graph::ParamGraph& graph, const Unit& unit, const resolve::Set& tied) {
  double bytes = stored_bytes(graph, unit);
  for (const ParamId p : unit.parameters) {
    const auto parameter = graph.parameter(p);
    if (tied.contains(p)) bytes -= static_cast<double>(parameter.numel) * static_cast<double>(size_of(parameter.dtype));
  }
  return bytes;
}

void root_too_large(const StrategyContext& context) {
  const resolve::Set tied = resolve::tied_parameters(context.graph());
  double largest = 0;  // of the others
  for (const Unit& unit : context.layout.units) {
    if (!unit.outermost) largest = std::max(largest, stored_bytes(context.graph(), unit));
  }
  for (const Unit& unit : context.layout.units) {
    const double bytes = unit.outermost ? movable_bytes(context.graph(), unit, tied) : 0;
    if (bytes < kGiB || bytes < 4 * largest || largest == 0 || !has_units_inside(context, unit)) continue;
    auto& d = context.check.diagnostics.report(
        Code::root_too_large, origin_span(context, unit),
        fmt::format("{} keeps {} for itself, where the largest unit inside it has {}: a large gather first and a large "
                    "reduction last, which nothing overlaps",
                    unit_in_words(context, unit), bytes_in_words(bytes), bytes_in_words(largest)));
    d.help = fmt::format("make units of what is left to it: {}", parameters_in_words(context.graph(), unit.parameters));
  }
}

}  // namespace

void unit_sizes(const StrategyContext& context) {
  double total = 0;
  for (const Unit& unit : context.layout.units) total += stored_bytes(context.graph(), unit);
  const auto& faults = context.layout.faults;
  const bool faulty = !context.layout.known || !faults.containers.empty() || !faults.late.empty();
  if (total < kLargeModel || faulty) return;  // with faulty rules, units are larger than meant
  too_large(context, total);
  too_small(context, total);
  root_too_large(context);
}

}  // namespace fts::adapters
