// What all ranks must know at the end of a step, in one small collective: which parameters some rank used, and whether
// some rank wants to stop.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/comm/world.hpp"

namespace fts::shard {

class Agreed {
 public:
  // One flag more; every rank adds as many.
  void add(bool mine) { mine_.push_back(mine ? 1 : 0); }
  // `group` communicates on the CPU.
  void start(const comm::Group& group);
  // `kind` and `number`: as of World::waits.
  void wait(World& world, const std::string& kind, std::int64_t number);
  // Whether some rank's next flag was set, in the order of add().
  [[nodiscard]] bool next() { return flags_.data_ptr<std::uint8_t>()[at_++] != 0; }

 private:
  std::vector<std::uint8_t> mine_;
  at::Tensor flags_;
  comm::Pending pending_;
  std::int64_t at_ = 0;
};

}  // namespace fts::shard
