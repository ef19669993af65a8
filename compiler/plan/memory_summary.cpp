// The memory of a strategy's phases as a table and as JSON.
#include <fmt/format.h>

#include "compiler/plan/memory.hpp"
#include "compiler/plan/table.hpp"

namespace fts::plan {

namespace {

constexpr std::size_t kColumns = 100;

std::string ranks_in_words(const Ranks& ranks) {
  const auto world = ranks.data * ranks.tensor;
  if (world == 1) return "1 process";
  return ranks.tensor == 1 ? fmt::format("{} processes", world)
                           : fmt::format("{} processes ({} data x {} tensor)", world, ranks.data, ranks.tensor);
}

}  // namespace

std::string bytes_in_words(double bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  const int decimals = unit == 0 || bytes >= 99.95 ? 0 : bytes < 9.995 ? 2 : 1;
  return fmt::format("{:.{}f} {}", bytes, decimals, kUnits[unit]);
}

std::string memory_table(const Plan& plan, const StrategyMemory& m, bool colour) {
  Table table({{"", true},
               {"phase", false, false, "1;36"},
               {"units", true},
               {"params", true},
               {"grads", true},
               {"optim", true},
               {"gathered", true},
               {"reduced", true},
               {"device", true, false, "1"},
               {"moved", true}},
              kColumns, colour);
  double host = 0;
  for (std::size_t i = 0; i < m.phases.size(); ++i) {
    const PhaseMemory& p = m.phases[i];
    host = std::max(host, p.host);
    table.row({std::to_string(i), plan.schedule.phases[i].name,
               m.strategy->units.empty() ? "" : fmt::format("{}/{}", p.trained_units, m.strategy->units.size()),
               bytes_in_words(p.parameters), bytes_in_words(p.gradients), bytes_in_words(p.optimizer),
               bytes_in_words(p.gathered), bytes_in_words(p.reduced), bytes_in_words(p.device()),
               bytes_in_words(p.moved)});
  }
  std::string text = fmt::format("strategy {} ({}), {}: memory of a rank without activations; moved: a step\n",
                                 m.strategy->name, m.strategy->adapter, ranks_in_words(m.ranks));
  text += table.text();
  if (host > 0) text += fmt::format("of it, up to {} lies in the CPU's memory\n", bytes_in_words(host));
  return text;
}

nlohmann::ordered_json memory_json(const Plan& plan, const StrategyMemory& m) {
  using nlohmann::ordered_json;
  ordered_json phases = ordered_json::array();
  const auto whole = [](double n) { return static_cast<std::int64_t>(n + 0.5); };
  for (std::size_t i = 0; i < m.phases.size(); ++i) {
    const PhaseMemory& p = m.phases[i];
    phases.push_back({{"name", plan.schedule.phases[i].name},
                      {"trained_units", p.trained_units},
                      {"parameters", whole(p.parameters)},
                      {"gradients", whole(p.gradients)},
                      {"optimizer", whole(p.optimizer)},
                      {"gathered", whole(p.gathered)},
                      {"reduced", whole(p.reduced)},
                      {"host", whole(p.host)},
                      {"device", whole(p.device())},
                      {"moved", whole(p.moved)}});
  }
  return {{"strategy", m.strategy->name},
          {"adapter", m.strategy->adapter},
          {"ranks", {{"data", m.ranks.data}, {"tensor", m.ranks.tensor}}},
          {"units", m.strategy->units.size()},
          {"phases", std::move(phases)}};
}

}  // namespace fts::plan
