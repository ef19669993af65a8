#include "runtime/shard/order.hpp"

namespace fts::shard {

void Order::advance(int unit) {
  if (closes_itself_ && at_ > 0 && (known_ ? at_ == units_.size() : units_.front() == unit)) close();
  if (known_ && (at_ >= units_.size() || units_[at_] != unit)) {
    known_ = false;
    units_.resize(at_);
  }
  if (!known_) units_.push_back(unit);
  ++at_;
}

int Order::next() const {
  if (!known_ || units_.empty()) return kUnknown;
  return units_[at_ < units_.size() ? at_ : 0];
}

void Order::close() {
  if (at_ == 0) return;
  units_.resize(at_);
  known_ = true;
  at_ = 0;
}

void Order::forget() { *this = Order(closes_itself_); }

}  // namespace fts::shard
