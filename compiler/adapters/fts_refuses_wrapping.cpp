// compat = fts: two wrappings that the Python scheduler refuses when the fit starts, although they could train.
#include <fmt/format.h>

#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

namespace {

// It looks for flat parameters below the modules that own phase 0's parameters, but a flat parameter lies in the module
// of its unit.
void unwrapped_phase0(const StrategyContext& context) {
  const auto& graph = context.graph();
  std::vector<bool> holds(graph.module_count(), false);  // a unit is at or below the module
  for (ModuleId m = 0; m < graph.module_count(); ++m) holds[m] = m == 0 || graph.module(m).parent == 0;
  for (const Unit& unit : context.layout.units) holds[unit.module] = true;
  for (ModuleId m = static_cast<ModuleId>(graph.module_count()); m-- > 1;) {
    if (holds[m] && graph.module(m).parent != 0) holds[graph.module(m).parent] = true;
  }
  std::vector<ParamId> all;
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    if (context.training.thawed_in[p] != 0) continue;
    if (holds[graph.parameter(p).module]) return;
    all.push_back(p);
  }
  if (all.empty()) return;
  auto& d = context.check.diagnostics.report(
      Code::fts_refuses_wrapping, context.strategy.body->value("adapter")->span,
      fmt::format("the Python scheduler refuses this: no module that holds {} of phase 0 is a unit by itself",
                  parameters_in_words(graph, all)));
  d.help = fmt::format("wrap one: awp_overrides = [\"{}\"]; or write use_orig_params = true, or leave out compat = fts",
                       graph.module(graph.parameter(all.front()).module).name);
}

// It demands that a module's own parameters stand in one phase, whatever use_orig_params says.
void modules_across_phases(const StrategyContext& context) {
  const auto& graph = context.graph();
  std::vector<std::uint32_t> phase_of(graph.module_count(), kNone);
  std::vector<ModuleId> split;
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto phase = context.training.thawed_in[p];
    if (phase == kNone) continue;
    auto& seen = phase_of[graph.parameter(p).module];
    if (seen == kNone) seen = phase;
    if (seen != phase && (split.empty() || split.back() != graph.parameter(p).module)) {
      split.push_back(graph.parameter(p).module);
    }
  }
  if (split.empty()) return;
  context.check.diagnostics
      .report(Code::fts_refuses_wrapping, context.strategy.body->value("adapter")->span,
              fmt::format("the Python scheduler refuses this: phases split the parameters of {}",
                          modules_in_words(graph, split)))
      .help = "thaw a module's own parameters in one phase, or leave out compat = fts";
}

}  // namespace

void fts_refuses_wrapping(const StrategyContext& context) {
  if (!context.compat() || !context.training.known || !context.layout.known) return;
  const bool views = flag_setting(context.strategy, "use_orig_params", false);
  if (!views) unwrapped_phase0(context);
  if (views) modules_across_phases(context);  // without views, the flat parameter straddles: said already
}

}  // namespace fts::adapters
