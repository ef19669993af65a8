// Under compat = fts: what a new optimizer meets when the best checkpoint of an earlier phase comes back.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

std::string_view name_of(const resolve::Spec* optimizer) {
  return optimizer == nullptr ? "the program's own" : std::string_view(optimizer->schema->name);
}

// Optimizers whose state and group options are the same.
bool alike(const resolve::Spec* a, const resolve::Spec* b) {
  const auto family = [](const resolve::Spec* s) { return name_of(s).starts_with("adam") ? "adam" : name_of(s); };
  return family(a) == family(b);
}

void changed_class(const Context& context, const std::vector<const resolve::Spec*>& optimizers) {
  const auto& phases = context.program.phases;
  for (std::size_t later = 1; later < phases.size(); ++later) {
    if (spec_of(*phases[later].body, "optimizer") != nullptr) continue;
    std::size_t earlier = later;
    while (earlier > 0 && alike(optimizers[earlier - 1], optimizers[later])) --earlier;
    if (earlier == 0) continue;
    auto& d = context.diagnostics.report(
        Code::optimizer_changes, optimizers[later]->arguments.span,
        fmt::format("if the best checkpoint at the end of phase '{}' is still that of phase '{}' or before, the state "
                    "of {} is loaded into {}, and the next step fails",
                    phases[later - 1].name, phases[earlier - 1].name, name_of(optimizers[earlier - 1]),
                    name_of(optimizers[later])));
    d.notes.push_back({fmt::format("phase '{}' goes on with it", phases[later].name), phases[later].name_span});
    d.help = "write restore_best = false, or give each later phase its optimizer";
    return;
  }
}

bool sets_rates(const resolve::Phase& phase) {
  const auto* scheduler = spec_of(*phase.body, "lr_scheduler");
  return scheduler != nullptr && scheduler->arguments.given("init_pg_lrs") != nullptr;
}

}  // namespace

void fts_new_optimizer(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program)) return;
  if (restores_best(program)) changed_class(context, optimizers_in_force(program));
  const auto* no_decay = program.schedule->value("no_decay");
  for (std::size_t i = 1; i < program.phases.size(); ++i) {
    const auto& phase = program.phases[i];
    const auto* own = spec_of(*phase.body, "optimizer");
    if (own == nullptr) continue;
    if (const auto* lr = own->arguments.given("lr"); lr != nullptr && !sets_rates(phase)) {
      context.diagnostics
          .report(
              Code::new_rate_unused, lr->span,
              fmt::format(
                  "FTS does not train with this rate: the groups keep theirs, and those of phase '{}' take its own lr",
                  phase.name))
          .help = "give the phase an lr, and a new scheduler with init_pg_lrs for the earlier groups";
    }
    if (no_decay == nullptr || !restores_best(program)) continue;
    auto& d = context.diagnostics.report(Code::groups_change, own->arguments.span,
                                         fmt::format("if the program's own optimizer holds one group, phase '{}' makes "
                                                     "two of it, and a best checkpoint of before no longer fits",
                                                     phase.name));
    d.notes.push_back({"no_decay splits groups", no_decay->span});
    d.help = "write restore_best = false, or leave no_decay out";
  }
}

}  // namespace fts::check
