// The order in which units are gathered, learnt in the first pass and foretold from then on. Training and evaluation go
// through the model differently and have an order each. No tensor in here.
#pragma once
#include <cstddef>
#include <vector>

namespace fts::shard {

inline constexpr int kUnknown = -1;

class Order {
 public:
  // `closes_itself`: a pass has no end that anybody tells of; it ends where the first unit comes again.
  explicit Order(bool closes_itself = false) : closes_itself_(closes_itself) {}

  // The next gather is of `unit`. A unit that is not the foretold one starts the recording anew from here.
  void advance(int unit);
  // The unit that comes after the last one; kUnknown while the first cycle is being recorded.
  [[nodiscard]] int next() const;
  // The last unit was the last of its cycle, so that next() is a new one's first.
  [[nodiscard]] bool at_end() const { return known_ && at_ == units_.size(); }
  // The end of a cycle (a training step, a pass of evaluation): the next gather is the first of the cycle again.
  void close();
  // The gathers of the cycle so far, or of the one before.
  [[nodiscard]] const std::vector<int>& units() const { return units_; }
  // Back to nothing: another phase, another order.
  void forget();

 private:
  bool closes_itself_;
  std::vector<int> units_;
  std::size_t at_ = 0;  // gathers of this cycle
  bool known_ = false;
};

}  // namespace fts::shard
