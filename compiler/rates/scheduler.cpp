#include "compiler/rates/scheduler.hpp"

namespace fts::rates {

double LrScheduler::again(Rate& rate, const Track& at) const {
  rate.lr = at.base_lr;
  return first(rate, at);
}

void LrScheduler::join(Rate& rate, double base_lr) {
  tracks_.push_back({tracks_.size(), base_lr, 0});
  begin_group(rate, tracks_.back());
}

void LrScheduler::join_beside(double base_lr) {
  tracks_.push_back({tracks_.size(), base_lr, tracks_.empty() ? 0 : tracks_.front().position});
}

void LrScheduler::step(std::span<Rate* const> rates, double /*metric*/) {
  for (std::size_t group = 0; group < rates.size(); ++group) advance(group, *rates[group]);
}

void LrScheduler::advance(std::size_t group, Rate& rate) {
  auto& at = tracks_.at(group);
  ++at.position;
  advance_group(rate, at);
}

void LrScheduler::restart(std::size_t group, Rate& rate) {
  auto& at = tracks_.at(group);
  at.position = 0;
  rate.lr = again(rate, at);
}

nlohmann::json LrScheduler::state() const {
  nlohmann::json tracks = nlohmann::json::array();
  for (const auto& t : tracks_) tracks.push_back({{"base_lr", t.base_lr}, {"position", t.position}});
  return {{"groups", tracks}};
}

void LrScheduler::restore(const nlohmann::json& state) {
  std::vector<Track> tracks;
  for (const auto& t : state.at("groups")) {
    tracks.push_back({tracks.size(), t.at("base_lr").get<double>(), t.at("position").get<std::int64_t>()});
  }
  tracks_ = std::move(tracks);
}

}  // namespace fts::rates
