// What a scheduler's constructor or first steps would refuse: no length for a cycle, a metric's scheduler among others
// or at every step, an expression without a value, a momentum to cycle that the optimizer does not have.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"
#include "compiler/rates/expression.hpp"

namespace fts::check {

namespace {

using resolve::Spec;

constexpr std::int64_t kPositionsTried = 1000;

class SchedulerCheck {
 public:
  SchedulerCheck(const Context& context, const Spec* optimizer) : context_(context), optimizer_(optimizer) {}

  void check(const Spec& spec) const {
    if (spec.schema->name == "one_cycle") one_cycle(spec);
    if (spec.schema->name == "one_cycle" || spec.schema->name == "cyclic") momentum(spec);
    if (spec.schema->name == "reduce_on_plateau" && spec.arguments.text("interval") == "step") {
      report(
          spec.arguments.value("interval")->span,
          fmt::format("reduce_on_plateau cannot step with every batch{}", replays_fts(context_.program) ? " here" : ""),
          replays_fts(context_.program)
              ? "Lightning steps it so where the metric is logged on_step; here metrics come at the end of an epoch "
                "only: write interval = epoch"
              : "its metric comes once an epoch: write interval = epoch");
    }
    if (const auto* lambda = spec.arguments.value("lr_lambda")) expressions(spec, *lambda);
    const auto* parts = spec.arguments.value("schedulers");
    const auto* list = parts == nullptr ? nullptr : parts->as<resolve::ListValue>();
    if (list == nullptr) return;
    for (const auto& element : list->elements) {
      const auto* part = element.as<Spec>();
      if (part == nullptr) continue;
      if (part->schema->name == "reduce_on_plateau") {
        report(element.span,
               fmt::format("'reduce_on_plateau' cannot be one of the schedulers of '{}'", spec.schema->name),
               "its steps need a metric, which the others do not pass on: let it stand alone");
      }
      check(*part);
    }
  }

 private:
  void report(Span span, std::string message, std::string help) const {
    context_.diagnostics.report(Code::scheduler_cannot_run, span, std::move(message)).help = std::move(help);
  }

  void one_cycle(const Spec& spec) const {
    const auto& a = spec.arguments;
    const bool lengths = a.integer("total_steps") || (a.integer("epochs") && a.integer("steps_per_epoch"));
    if (lengths) return;
    report(a.span, "one_cycle does not say how long its cycle is",
           "write total_steps = …, or epochs = … and steps_per_epoch = …");
  }

  void momentum(const Spec& spec) const {
    if (optimizer_ == nullptr || !spec.arguments.boolean("cycle_momentum").value_or(true)) return;
    const auto& has = optimizer_->schema->arguments;
    if (has.find("momentum") != nullptr || has.find("betas") != nullptr) return;
    report(
        spec.arguments.span,
        fmt::format("'{}' cycles the momentum, which '{}' does not have", spec.schema->name, optimizer_->schema->name),
        "write cycle_momentum = false");
  }

  void expressions(const Spec& spec, const resolve::Value& value) const {
    const auto* list = value.as<resolve::ListValue>();
    if (list == nullptr) return expression(spec, value);
    for (const auto& element : list->elements) expression(spec, element);
  }

  void expression(const Spec& spec, const resolve::Value& value) const {
    const auto expression = rates::Expression::read(resolve::to_json(value));
    if (!expression) return;
    const auto limit = context_.program.schedule->integer("max_epochs").value_or(kPositionsTried);
    for (std::int64_t position = 0; position <= std::min(limit, kPositionsTried); ++position) {
      const double factor = expression->at(position);
      if (std::isfinite(factor) && factor >= 0) continue;
      return report(value.span,
                    fmt::format("'{}' multiplies the rate by {} at position {}", spec.schema->name, factor, position),
                    "positions count from 0; keep the value finite and not negative, as with max(0, …)");
    }
  }

  const Context& context_;
  const Spec* optimizer_;
};

}  // namespace

void scheduler_arguments(const Context& context) {
  if (context.program.schedule == nullptr) return;
  const auto spec_of = [](const resolve::Body& body, std::string_view name) {
    const auto* value = body.value(name);
    return value == nullptr ? nullptr : value->as<Spec>();
  };
  const auto& schedule = *context.program.schedule;
  const auto* optimizer = spec_of(schedule, "optimizer");
  for (const auto* name : {"lr_scheduler", "reinit_lr_cfg"}) {
    if (const auto* spec = spec_of(schedule, name)) SchedulerCheck(context, optimizer).check(*spec);
  }
  const auto in_force = optimizers_in_force(context.program);
  for (std::size_t i = 0; i < context.program.phases.size(); ++i) {
    if (const auto* spec = spec_of(*context.program.phases[i].body, "lr_scheduler"))
      SchedulerCheck(context, in_force[i]).check(*spec);
  }
}

}  // namespace fts::check
