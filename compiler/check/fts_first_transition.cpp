// Under compat = fts: a transition before the first checkpoint is saved finds none to restore.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

// Epochs until a checkpoint is saved; 1 where steps say when, which no file knows.
std::int64_t first_saved(const resolve::Body& schedule) {
  const auto* checkpoint = schedule.body("checkpoint");
  if (checkpoint == nullptr || checkpoint->given("every_n_steps") != nullptr) return 1;
  return checkpoint->integer("every_n_epochs").value_or(1);
}

// Epochs that a phase takes at least where only the metric ends it: the first sets the best, patience more do not beat
// it.
std::int64_t least_of_plateau(const resolve::Body& schedule) {
  const auto* value = schedule.value("monitor");
  const auto* monitor = value == nullptr ? nullptr : value->as<resolve::Metric>();
  const auto patience = monitor == nullptr ? std::nullopt : monitor->settings.integer("patience");
  return std::max<std::int64_t>(patience.value_or(3), 1) + 1;
}

}  // namespace

void fts_first_transition(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program) || !restores_best(program) || program.phases.size() < 2) return;
  if (program.schedule->integer("max_depth") == 0) return;
  const auto& phase = program.phases.front();
  const auto saved = first_saved(*program.schedule);
  const auto* limit = epoch_limit(phase);
  if (limit != nullptr && limit->count < saved) {
    context.diagnostics
        .report(Code::restore_before_training, limit->span,
                saved == 1
                    ? fmt::format("phase '{}' ends at epoch 0, before there is a checkpoint to restore", phase.name)
                    : fmt::format("phase '{}' ends at epoch {}, and the first checkpoint is saved after {} epochs",
                                  phase.name, limit->count, saved))
        .help = fmt::format("write epoch({}) or later, or restore_best = false", saved);
  } else if (!program.schedule->boolean("epoch_transitions_only").value_or(false) &&
             least_of_plateau(*program.schedule) < saved) {
    auto& d = context.diagnostics.report(
        Code::restore_before_training, program.schedule->body("checkpoint")->value("every_n_epochs")->span,
        fmt::format("if phase '{}' ends by its metric after {} epochs, there is no checkpoint to restore: the first is "
                    "saved after {}",
                    phase.name, least_of_plateau(*program.schedule), saved));
    d.severity = Severity::warning;
    d.help = "write every_n_epochs = 1, more patience, or restore_best = false";
  }
}

}  // namespace fts::check
