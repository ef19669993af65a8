// MultiStepLR: times gamma at each milestone, as often as the milestone is named.
#include <algorithm>
#include <cmath>

#include "compiler/rates/registry.hpp"

namespace fts::rates {

namespace {

class MultiStep final : public LrScheduler {
 public:
  explicit MultiStep(Arguments& a) : milestones_(a.required_integers("milestones")), gamma_(a.number("gamma", 0.1)) {}

 private:
  [[nodiscard]] double first(Rate& rate, const Track& at) const override { return next(rate, at); }
  [[nodiscard]] double next(Rate& rate, const Track& at) const override {
    const auto times = std::count(milestones_.begin(), milestones_.end(), at.position);
    return times == 0 ? rate.lr : rate.lr * std::pow(gamma_, static_cast<double>(times));
  }
  std::vector<std::int64_t> milestones_;
  double gamma_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_multi_step(Arguments& arguments) { return std::make_unique<MultiStep>(arguments); }

}  // namespace fts::rates
