#include "runtime/shard/agreed.hpp"

#include <algorithm>

#include <ATen/ops/empty.h>
#include <fmt/format.h>

namespace fts::shard {

void Agreed::start(const comm::Group& group) {
  flags_ = at::empty({static_cast<std::int64_t>(mine_.size())}, at::kByte);
  std::ranges::copy(mine_, flags_.data_ptr<std::uint8_t>());
  if (!mine_.empty()) pending_ = group.all_reduce_max(flags_);
}

void Agreed::wait(World& world, const std::string& kind, std::int64_t number) {
  while (!pending_.wait_for(World::kPatience)) world.waits(kind, number, fmt::format("ends its {} {}", kind, number));
}

}  // namespace fts::shard
