#include "runtime/optim/lr/scheduler.hpp"

namespace fts::optim {

void LrScheduler::join(Rate& rate) const {
  rate.position = 0;
  rate.lr = first(rate);
}

void LrScheduler::step(std::span<Rate* const> rates, double /*metric*/) {
  for (Rate* rate : rates) {
    ++rate->position;
    rate->lr = next(*rate);
  }
}

}  // namespace fts::optim
