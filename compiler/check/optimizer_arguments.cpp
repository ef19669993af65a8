// Arguments that are each in range but do not go together, as torch.optim's constructors refuse them.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

using resolve::Spec;

void refuse(const Context& context, const Spec& spec, std::string_view argument, std::string message,
            std::string help) {
  const auto* value = spec.arguments.value(argument);
  context.diagnostics
      .report(Code::conflicting_arguments, value == nullptr ? spec.arguments.span : value->span, std::move(message))
      .help = std::move(help);
}

// Of an optimizer, a phase or a group.
void check_betas(const Context& context, const resolve::Body& body) {
  const auto* betas = body.given("betas");
  const auto* list = betas == nullptr ? nullptr : betas->as<resolve::ListValue>();
  if (list == nullptr || list->elements.size() == 2) return;
  context.diagnostics
      .report(Code::conflicting_arguments, betas->span,
              fmt::format("betas are two numbers, not {}", list->elements.size()))
      .help = "write betas = [0.9, 0.999]";
}

void check_optimizer(const Context& context, const Spec& spec) {
  const auto& a = spec.arguments;
  check_betas(context, a);
  if (a.boolean("nesterov").value_or(false) &&
      (a.number("momentum").value_or(0) <= 0 || a.number("dampening").value_or(0) != 0)) {
    refuse(context, spec, "nesterov", "Nesterov's momentum needs momentum > 0 and dampening = 0",
           "give momentum = 0.9, or leave nesterov out");
  }
}

void check_scheduler(const Context& context, const Spec& spec) {
  const auto* milestones = spec.arguments.value("milestones");
  const auto* list = milestones == nullptr ? nullptr : milestones->as<resolve::ListValue>();
  if (list != nullptr) {
    std::int64_t last = -1;
    for (const auto& element : list->elements) {
      const auto* at = element.as<std::int64_t>();
      if (at == nullptr || *at > last) {
        last = at == nullptr ? last : *at;
        continue;
      }
      refuse(context, spec, "milestones", "milestones must ascend", "sort them");
      break;
    }
  }
  if (spec.schema->name == "sequential" && list != nullptr) {
    const auto* schedulers = spec.arguments.value("schedulers");
    const auto* parts = schedulers == nullptr ? nullptr : schedulers->as<resolve::ListValue>();
    if (parts != nullptr && parts->elements.size() != list->elements.size() + 1) {
      refuse(context, spec, "milestones",
             fmt::format("{} schedulers need {} milestones, not {}", parts->elements.size(), parts->elements.size() - 1,
                         list->elements.size()),
             "a milestone stands between each scheduler and the next");
    }
  }
  // FTS asks a new scheduler for a monitor of its own.
  const bool first = spec_of(*context.program.schedule, "lr_scheduler") == &spec;
  if (spec.schema->name == "reduce_on_plateau" && spec.arguments.value("monitor") == nullptr &&
      ((replays_fts(context.program) && !first) || context.program.schedule->value("monitor") == nullptr)) {
    refuse(context, spec, "monitor", "reduce_on_plateau needs a metric to watch",
           "write monitor = val_loss in its braces; the schedule's own counts too, but not under compat = fts");
  }
}

void check_body(const Context& context, const resolve::Body& body) {
  for (const auto& entry : body.entries) {
    const auto* spec = entry.value->as<Spec>();
    if (spec == nullptr) continue;
    if (entry.name == "optimizer" || entry.name == "reinit_optim_cfg") check_optimizer(context, *spec);
    if (entry.name == "lr_scheduler" || entry.name == "reinit_lr_cfg") check_scheduler(context, *spec);
  }
}

}  // namespace

void optimizer_arguments(const Context& context) {
  if (context.program.schedule == nullptr) return;
  check_body(context, *context.program.schedule);
  for (const auto& phase : context.program.phases) {
    check_body(context, *phase.body);
    check_betas(context, *phase.body);
    const auto* groups = phase.body->body("groups");
    if (groups == nullptr) continue;
    for (const auto& rule : groups->rules) {
      if (const auto* body = rule.value->as<resolve::Body>()) check_betas(context, *body);
    }
  }
}

}  // namespace fts::check
