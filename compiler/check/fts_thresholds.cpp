// Under compat = fts a threshold ends the whole run, in whatever phase it is passed.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void fts_thresholds(const Context& context) {
  const auto& program = context.program;
  const auto* value = replays_fts(program) ? program.schedule->value("monitor") : nullptr;
  const auto* monitor = value == nullptr ? nullptr : value->as<resolve::Metric>();
  if (monitor == nullptr || program.phases.size() < 2) return;
  for (const char* name : {"stopping_threshold", "divergence_threshold"}) {
    const auto* given = monitor->settings.given(name);
    if (given == nullptr) continue;
    context.diagnostics
        .report(Code::threshold_ends_run, given->span,
                fmt::format("{} ends the run, and the phases that follow do not take place", name))
        .help = "leave it out, or accept that later phases may be left out";
  }
}

}  // namespace fts::check
