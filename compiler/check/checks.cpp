#include "compiler/check/checks.hpp"

namespace fts::check {

namespace {
constexpr Check kChecks[] = {
    {"empty_phases", empty_phases},
    {"epoch_order", epoch_order},
    {"freeze", freeze},
    {"frozen_in_graph", frozen_in_graph},
    {"group_settings", group_settings},
    {"groups", groups},
    {"never_thawed", never_thawed},
    {"optimizer_arguments", optimizer_arguments},
    {"overlapping_phases", overlapping_phases},
    {"plateau_monitor", plateau_monitor},
    {"scheduler_arguments", scheduler_arguments},
    {"tied_apart", tied_apart},
    {"unreachable_phases", unreachable_phases},
};
}  // namespace

std::span<const Check> checks() { return kChecks; }

void check(const Context& context) {
  for (const auto& c : kChecks) c.run(context);
}

}  // namespace fts::check
