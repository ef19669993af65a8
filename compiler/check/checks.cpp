#include "compiler/check/checks.hpp"

namespace fts::check {

namespace {
constexpr Check kChecks[] = {
    {"best_never_saved", best_never_saved},
    {"empty_phases", empty_phases},
    {"epoch_order", epoch_order},
    {"epoch_transitions_only", epoch_transitions_only},
    {"freeze", freeze},
    {"frozen_in_graph", frozen_in_graph},
    {"fts_first_phase", fts_first_phase},
    {"fts_first_transition", fts_first_transition},
    {"fts_last_epoch", fts_last_epoch},
    {"fts_late_groups", fts_late_groups},
    {"fts_new_optimizer", fts_new_optimizer},
    {"fts_not_enforced", fts_not_enforced},
    {"fts_schedulers", fts_schedulers},
    {"fts_thresholds", fts_thresholds},
    {"group_settings", group_settings},
    {"groups", groups},
    {"initial_rates", initial_rates},
    {"never_thawed", never_thawed},
    {"no_decay_parts", no_decay_parts},
    {"one_group_only", one_group_only},
    {"optimizer_arguments", optimizer_arguments},
    {"overlapping_phases", overlapping_phases},
    {"plateau_monitor", plateau_monitor},
    {"rate_lists", rate_lists},
    {"reinit_beside_phases", reinit_beside_phases},
    {"scheduler_arguments", scheduler_arguments},
    {"tied_apart", tied_apart},
    {"unreachable_phases", unreachable_phases},
    {"untrainable_dtypes", untrainable_dtypes},
    {"zero_rates", zero_rates},
};
}  // namespace

std::span<const Check> checks() { return kChecks; }

void check(const Context& context) {
  for (const auto& c : kChecks) c.run(context);
}

}  // namespace fts::check
