#include <algorithm>

#include <fmt/format.h>

#include "compiler/plan/table.hpp"
#include "compiler/rates/curves.hpp"

namespace fts::rates {

namespace {

constexpr std::size_t kSamples = 12;

// The curve in a few characters, as high as its rate is of the greatest.
std::string sparkline(const std::vector<double>& rates) {
  constexpr std::string_view kLevels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const double greatest = *std::max_element(rates.begin(), rates.end());
  const std::size_t count = std::min(rates.size(), kSamples);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    const double rate = rates[count == 1 ? 0 : i * (rates.size() - 1) / (count - 1)];
    const double share = greatest > 0 ? std::clamp(rate / greatest, 0.0, 1.0) : 0;
    out += kLevels[static_cast<std::size_t>(share * 7 + 0.5)];
  }
  return out;
}

}  // namespace

nlohmann::ordered_json curves_json(const std::vector<Curve>& curves) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& c : curves)
    out.push_back({{"phase", c.phase}, {"group", c.group}, {"unit", c.unit}, {"rates", c.rates}});
  return out;
}

std::string curves_table(const std::vector<Curve>& curves, bool colour) {
  if (curves.empty()) return {};
  plan::Table table({{"", true},
                     {"rates", false, false, "1;36"},
                     {"lr_scheduler"},
                     {"first", true},
                     {"", false, false, "32"},
                     {"last", true},
                     {"over", true}},
                    100, colour);
  for (const auto& c : curves) {
    table.row({std::to_string(c.phase), c.group, c.scheduler, fmt::format("{:.4g}", c.rates.front()),
               sparkline(c.rates), fmt::format("{:.4g}", c.rates.back()),
               fmt::format("{} {}{}", c.rates.size(), c.unit, c.rates.size() == 1 ? "" : "s")});
  }
  return table.text();
}

}  // namespace fts::rates
