// SequentialLR: one scheduler after another, each from its own beginning at its milestone.
#include <algorithm>

#include "compiler/rates/composite.hpp"

namespace fts::rates {

namespace {

class Sequential final : public Composite {
 public:
  explicit Sequential(Arguments& a) : Composite(a), milestones_(a.required_integers("milestones")) {
    a.require(milestones_.size() + 1 == parts().size(), "'milestones' must stand between the schedulers, one each");
    a.require(std::is_sorted(milestones_.begin(), milestones_.end()), "'milestones' must ascend");
  }

 private:
  [[nodiscard]] std::size_t part_at(std::int64_t position) const {
    const auto after = std::upper_bound(milestones_.begin(), milestones_.end(), position);
    return static_cast<std::size_t>(after - milestones_.begin());
  }
  // As in PyTorch every part is made first, and then all is undone but for the one that begins.
  void begin_group(Rate& rate, const Track& at) override {
    for (auto& part : parts()) part->join(rate);
    rate.lr = rate.initial_lr;
    parts()[part_at(0)]->begin_again(at.group, rate);
  }
  void advance_group(Rate& rate, const Track& at) override {
    const auto i = part_at(at.position);
    if (i > 0 && milestones_[i - 1] == at.position) {
      parts()[i]->restart(at.group, rate);
    } else {
      parts()[i]->advance(at.group, rate);
    }
  }
  std::vector<std::int64_t> milestones_;
};

}  // namespace

std::unique_ptr<LrScheduler> make_sequential(Arguments& arguments) { return std::make_unique<Sequential>(arguments); }

}  // namespace fts::rates
