#include "runtime/phase/best.hpp"

#include <cmath>

#include "runtime/phase/plateau.hpp"

namespace fts::phase {

bool Best::observe(double value, std::int64_t epoch) {
  if (std::isnan(value)) return false;
  if (value_ && !(maximize_ ? value > *value_ : value < *value_)) return false;
  value_ = value;
  epoch_ = epoch;
  return true;
}

void Best::forget() {
  value_.reset();
  epoch_ = -1;
}

nlohmann::json Best::state() const {
  return {{"value", value_ ? exact(*value_) : nlohmann::json()}, {"epoch", epoch_}};
}

void Best::restore(const nlohmann::json& state) {
  value_ = state.at("value").is_null() ? std::nullopt : std::optional(exact(state.at("value")));
  epoch_ = state.at("epoch").get<std::int64_t>();
}

}  // namespace fts::phase
