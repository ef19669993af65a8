// Under compat = fts: a scheduler's step multiplies the rate of before, so a group that joins late is not on its curve.
#include <array>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

// Schedulers whose steps are ratios along one curve from the first epoch on.
constexpr std::array<std::string_view, 3> kCurves = {"cosine_annealing", "linear", "constant"};

void check_group(const Context& context, const resolve::Spec& scheduler, const resolve::Phase& phase) {
  const std::string_view name = scheduler.schema->name;
  const auto report = [&](Code code, std::string message, std::string help) {
    auto& d = context.diagnostics.report(code, scheduler.arguments.span, std::move(message));
    d.notes.push_back({fmt::format("phase '{}' adds its group to it", phase.name), phase.name_span});
    d.help = std::move(help);
  };
  if (std::find(kCurves.begin(), kCurves.end(), name) != kCurves.end())
    report(Code::rates_overshoot,
           fmt::format(
               "'{}' steps by ratios of its own curve, so the group of phase '{}' can overshoot its rate several times",
               name, phase.name),
           "give the phase a scheduler of its own, or leave compat = fts out");
  const bool lambdas = name == "lambda" || name == "multiplicative";
  if (lambdas && !context.program.schedule->boolean("apply_lambdas_new_pgs").value_or(false))
    report(Code::lambda_not_applied,
           fmt::format("the group of phase '{}' starts at its own rate, without the factor that the lambda has reached",
                       phase.name),
           "write apply_lambdas_new_pgs = true");
}

}  // namespace

void fts_late_groups(const Context& context) {
  const auto& program = context.program;
  if (!replays_fts(program)) return;
  const auto* scheduler = spec_of(*program.schedule, "lr_scheduler");
  bool said = false;
  for (std::size_t i = 1; i < program.phases.size(); ++i) {
    const auto& phase = program.phases[i];
    if (const auto* own = spec_of(*phase.body, "lr_scheduler")) {
      scheduler = own;
      said = false;
    } else if (scheduler != nullptr && !said && !thawed(context, phase).empty()) {
      check_group(context, *scheduler, phase);
      said = true;
    }
  }
}

}  // namespace fts::check
