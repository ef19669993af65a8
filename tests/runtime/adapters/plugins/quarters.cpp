// Two adapters that make schedules of their own: one of four phases for any model, and one that is never content.
#include <fts/adapter.hpp>

#include <algorithm>

#include "compiler/base/code.hpp"

namespace {

// A generated schedule has four phases, of as many parameters each as there are; validation lets no run be deeper than
// its `max_depth`.
class Quarters : public fts::Adapter {
 public:
  static fts::AdapterSchema schema() {
    return {
        .doc = "Four phases for any model.",
        .attributes = {{.name = "max_depth", .type = "integer", .doc = "The last phase's depth.", .by_default = 3}}};
  }

  std::vector<fts::plan::Phase> gen_ft_schedule(std::vector<fts::plan::Phase> by_default) override {
    std::vector<fts::plan::Phase> quarters;
    const std::size_t each = (by_default.size() + 3) / 4;
    for (std::size_t i = 0; i < by_default.size(); ++i) {
      if (i % each == 0) {
        quarters.push_back(by_default[i]);
        quarters.back().depth = static_cast<int>(quarters.size()) - 1;
        quarters.back().name = "quarter" + std::to_string(quarters.size());
        continue;
      }
      auto& into = quarters.back();
      into.thaw.insert(into.thaw.end(), by_default[i].thaw.begin(), by_default[i].thaw.end());
      into.groups.insert(into.groups.end(), by_default[i].groups.begin(), by_default[i].groups.end());
      std::sort(into.thaw.begin(), into.thaw.end());
    }
    return quarters;
  }

  tl::expected<fts::ScheduleLimits, fts::Error> validate_ft_sched() override {
    auto limits = fts::Adapter::validate_ft_sched();
    if (!limits) return limits;
    limits->max_depth = std::min(limits->max_depth, strategy().settings.value("max_depth", 3));
    limits->greatest_epoch = strategy().settings.value("greatest_epoch", limits->greatest_epoch);
    return limits;
  }
};

class Never : public fts::Adapter {
  tl::expected<fts::ScheduleLimits, fts::Error> validate_ft_sched() override {
    fts::Error error;
    error.diagnostics.emplace_back();
    error.diagnostics.back().code = fts::Code::adapter_failed;
    error.diagnostics.back().message = "no schedule is good enough";
    return tl::unexpected(error);
  }
};

}  // namespace

FTS_REGISTER_ADAPTER("Quarters", Quarters)
FTS_REGISTER_ADAPTER("never", Never)
