// A flat parameter has one weight decay: no_decay is left out (as FTS does) when parameters are flattened whole.
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

void no_decay_unsupported(const StrategyContext& context) {
  const auto* schedule = context.check.program.schedule;
  const auto* no_decay = schedule == nullptr ? nullptr : schedule->given("no_decay");
  // Beside other strategies it is meant for those, unless this one was asked for.
  const bool others = context.check.program.strategies.size() > 1 && context.check.strategy.empty();
  if (no_decay == nullptr || others || flag_setting(context.strategy, "use_orig_params", false)) return;
  auto& d = context.check.diagnostics.report(
      Code::no_decay_unsupported, no_decay->span,
      "strategy '" + context.strategy.name + "' flattens its units, so no_decay is left out: all decay alike");
  d.notes.push_back({"the strategy", context.strategy.name_span});
  d.help = "write use_orig_params = true, or use model_parallel, to keep no_decay";
}

}  // namespace fts::adapters
