// The ranks' agreement on which unit they gather next. A rank that gathers another unit than the others would wait for
// ever, or mix up the two; here it is an error on every rank, at once, that names units and operators.
//
// With each gather goes an announcement of the next one. Ranks whose announcements agree need say nothing more; where
// one does not know yet (the first step, or its order has changed), all say which unit they need before they gather it.
// A rank that has announced a unit it turns out not to need gathers it all the same, so that the others are not left
// alone with it, and announces that it does not know.
#pragma once
#include <functional>
#include <stdexcept>
#include <string>

#include <ATen/core/Tensor.h>

#include "runtime/comm/world.hpp"
#include "runtime/shard/order.hpp"

namespace fts::shard {

class Agreement {
 public:
  // `group` communicates on the CPU and is used for nothing else.
  Agreement(World& world, comm::Group group);

  // Before the gather of `unit`, which `reason` describes. Calls `gather(promised)` first where this rank has promised
  // another unit. Throws comm::Diverged, whose text names units and operators.
  void settle(int unit, const std::string& reason, const std::function<void(int)>& gather);
  // With the gather of a unit: the next one, or kUnknown.
  void announce(int next);
  // What a rank waits for that has come to a gather which this one has not come to; empty: it is not that far. For who
  // waits for that rank somewhere else, and would for ever.
  [[nodiscard]] std::string ahead(int rank) const;
  // For who waits for a gather that all ranks have agreed on.
  void waits(const std::string& reason);

 private:
  [[nodiscard]] bool all_announced(int unit, const std::string& reason);
  void exchange(int unit, const std::string& reason);

  World& world_;
  std::string kind_;  // of World::waits
  comm::Group group_;
  at::Tensor mine_;
  at::Tensor all_;
  comm::Pending pending_;
  int announced_ = kUnknown;
  std::int64_t settled_ = 0;
};

}  // namespace fts::shard
