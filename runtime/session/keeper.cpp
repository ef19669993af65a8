#include "runtime/session/keeper.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "runtime/phase/plateau.hpp"

namespace fts::session {

namespace fs = std::filesystem;

void Keeper::begin() {
  if (!active()) return;
  if (first()) checkpoint::clean(folder_);
  sequence_ = checkpoint::next_sequence(folder_);
}

std::string Keeper::next_name(const std::string& what) { return checkpoint::make_name(sequence_++, what); }

void Keeper::announce(const std::string& name, int depth, std::optional<double> value) {
  kept_.push_back({folder_, name, depth, value});
}

std::vector<const Keeper::Kept*> Keeper::ranked(std::optional<int> depth) const {
  std::vector<const Kept*> of_phase;
  for (const auto& kept : kept_) {
    if ((!depth || kept.depth == *depth) && kept.value) of_phase.push_back(&kept);
  }
  std::stable_sort(of_phase.begin(), of_phase.end(), [&](const auto* a, const auto* b) {
    return keeping_.maximize ? *a->value > *b->value : *a->value < *b->value;
  });
  return of_phase;
}

std::string Keeper::best_of(std::optional<int> depth) const {
  const auto best = ranked(depth);
  return best.empty() ? std::string() : best.front()->folder + "/" + best.front()->name;
}

bool Keeper::ranks(int depth, double value) const {
  if (keeping_.save_top_k < 0) return true;
  const auto better = [&](const auto* kept) {
    return keeping_.maximize ? *kept->value >= value : *kept->value <= value;
  };
  const auto best = ranked(depth);
  return std::count_if(best.begin(), best.end(), better) < keeping_.save_top_k;
}

std::vector<std::string> Keeper::drop_others(const std::string& newest) {
  if (keeping_.save_top_k < 0) return {};
  std::set<std::string> stay = {newest};
  const auto k = std::max<std::int64_t>(keeping_.save_top_k, keeping_.restore_best ? 1 : 0);
  std::set<int> depths;
  for (const auto& kept : kept_) depths.insert(kept.depth);
  for (const int depth : depths) {
    const auto best = ranked(depth);
    for (std::size_t i = 0; i < best.size() && i < static_cast<std::size_t>(k); ++i) stay.insert(best[i]->name);
  }
  std::vector<std::string> doomed;
  for (const auto& kept : kept_) {
    if (!stay.contains(kept.name) && kept.folder == folder_) doomed.push_back(kept.name);
  }
  std::erase_if(kept_, [&](const auto& kept) { return !stay.contains(kept.name); });
  return doomed;
}

void Keeper::start(const std::string& name, checkpoint::Content content) {
  auto others = drop_others(name);
  if (!first()) others.clear();
  writer_.start(folder_, name, std::move(content), keeping_.writers, std::move(others));
}

tl::expected<std::optional<std::string>, Error> Keeper::finished(bool wait) {
  auto name = writer_.finished(wait);
  if (name && *name) *name = last_ = folder_ + "/" + **name;
  return name;
}

nlohmann::json Keeper::state() const {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& kept : kept_) {
    all.push_back({{"name", kept.name},
                   {"depth", kept.depth},
                   {"value", kept.value ? phase::exact(*kept.value) : nlohmann::json()}});
  }
  return all;
}

void Keeper::restore(const nlohmann::json& state, const std::string& given) {
  const auto spelled = [](const std::string& path) { return fs::absolute(path + "/").lexically_normal(); };
  const auto& folder = active() && spelled(given) == spelled(folder_) ? folder_ : given;
  kept_.clear();
  for (const auto& kept : state) {
    const auto& value = kept.at("value");
    kept_.push_back({folder, kept.at("name").get<std::string>(), kept.at("depth").get<int>(),
                     value.is_null() ? std::nullopt : std::optional(phase::exact(value))});
  }
}

}  // namespace fts::session
