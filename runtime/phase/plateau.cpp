#include "runtime/phase/plateau.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace fts::phase {

nlohmann::json exact(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(fmt::format("{}", value));
}

double exact(const nlohmann::json& value) {
  if (!value.is_string()) return value.get<double>();
  const auto text = value.get<std::string>();
  const double limit = std::numeric_limits<double>::infinity();
  return text == "inf" ? limit : text == "-inf" ? -limit : std::numeric_limits<double>::quiet_NaN();
}

Plateau::Plateau(plan::Monitor monitor, bool single) : monitor_(std::move(monitor)), single_(single) {
  const auto rounded = [](std::optional<double>& value) {
    if (value) value = static_cast<double>(static_cast<float>(*value));
  };
  if (!single_) return;
  rounded(monitor_.stopping_threshold);
  rounded(monitor_.divergence_threshold);
}

double Plateau::less_delta(double value) const {
  const double delta = monitor_.maximize ? -monitor_.min_delta : monitor_.min_delta;
  if (!single_) return value + delta;
  return static_cast<double>(static_cast<float>(value) + static_cast<float>(delta));
}

Verdict Plateau::observe(double value) {
  if (monitor_.check_finite && !std::isfinite(value)) return Verdict::not_finite;
  if (monitor_.stopping_threshold && better(value, *monitor_.stopping_threshold)) return Verdict::threshold_reached;
  if (monitor_.divergence_threshold && better(*monitor_.divergence_threshold, value)) return Verdict::diverged;
  if (!std::isnan(value) && (!best_ || better(less_delta(value), *best_))) {
    best_ = value;
    wait_ = 0;
    return Verdict::improved;
  }
  ++wait_;
  return reached() ? Verdict::plateau : Verdict::waiting;
}

std::string Plateau::reason() const {
  return fmt::format("{} has not improved for {} epoch{}", monitor_.metric, wait_, wait_ == 1 ? "" : "s");
}

nlohmann::json Plateau::state() const { return {{"best", best_ ? exact(*best_) : nlohmann::json()}, {"wait", wait_}}; }

void Plateau::restore(const nlohmann::json& state) {
  best_ = state.at("best").is_null() ? std::nullopt : std::optional(exact(state.at("best")));
  wait_ = state.at("wait").get<int>();
}

}  // namespace fts::phase
