#include "runtime/shard/agreement.hpp"

#include <algorithm>
#include <span>

#include <ATen/ops/full.h>
#include <fmt/format.h>

namespace fts::shard {

namespace {
std::span<std::int64_t> values(const at::Tensor& tensor) {
  return {tensor.data_ptr<std::int64_t>(), static_cast<std::size_t>(tensor.numel())};
}

const std::string kGathers = "gathers ";

}  // namespace

Agreement::Agreement(World& world, comm::Group group)
    : world_(world),
      kind_(world.new_kind("gather")),
      group_(std::move(group)),
      mine_(at::full({1}, kUnknown, at::kLong)),
      all_(at::full({group_.size()}, kUnknown, at::kLong)) {}

void Agreement::announce(int next) {
  announced_ = next;
  values(mine_)[0] = next;
  pending_ = group_.all_gather(all_, mine_);
}

void Agreement::waits(const std::string& reason) { world_.waits(kind_, settled_, kGathers + reason); }

bool Agreement::all_announced(int unit, const std::string& reason) {
  while (!pending_.wait_for(World::kPatience)) waits(reason);
  return std::ranges::all_of(values(all_), [&](std::int64_t u) { return u == unit; });
}

void Agreement::settle(int unit, const std::string& reason, const std::function<void(int)>& gather) {
  if (announced_ != kUnknown && announced_ != unit) {
    const int promised = announced_;
    settle(promised, reason, gather);
    gather(promised);
    announce(kUnknown);
  }
  ++settled_;
  if (all_announced(unit, reason)) return;
  const bool all_know = std::ranges::none_of(values(all_), [](std::int64_t u) { return u == kUnknown; });
  if (!all_know) announce(unit);
  if (!all_announced(unit, reason)) exchange(unit, reason);
}

std::string Agreement::ahead(int rank) const {
  const auto waits = world_.waits_at(rank);
  if (!waits || waits->kind != kind_ || waits->number <= settled_) return {};
  return waits->doing.substr(kGathers.size());
}

// The ranks differ; each tells the others what it needs, in words.
void Agreement::exchange(int unit, const std::string& reason) {
  world_.tell("needs", reason);
  std::string text = fmt::format("the ranks have come to different units: rank {} needs {}", world_.rank(), reason);
  const auto& units = values(all_);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const int rank = group_.ranks()[i];
    if (rank == world_.rank() || units[i] == unit) continue;
    const auto theirs = world_.told("needs", rank, std::chrono::seconds(5));
    text += fmt::format(", rank {} needs {}", rank, theirs.empty() ? "another one" : theirs);
  }
  world_.diverged(text);
}

}  // namespace fts::shard
