// A phase's settings for its groups must be the optimizer's in force.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

void check_body(const Context& context, const resolve::Body& body, const resolve::Spec* optimizer,
                const resolve::Phase& phase) {
  static const std::vector<std::string> kOwn = {"thaw", "freeze", "optimizer", "lr_scheduler", "until", "groups"};
  for (const auto& entry : body.entries) {
    if (!entry.given || std::find(kOwn.begin(), kOwn.end(), entry.name) != kOwn.end()) continue;
    if (optimizer == nullptr) {
      if (entry.name == "lr" || entry.name == "weight_decay") continue;  // every optimizer a program may bring has them
      context.diagnostics
          .report(Code::no_optimizer, entry.name_span,
                  fmt::format("'{}' needs an optimizer, and the schedule names none", entry.name))
          .help = "write optimizer = adamw { … } in the schedule";
    } else if (optimizer->schema->arguments.find(entry.name) == nullptr) {
      std::string known;
      for (const auto& a : optimizer->schema->arguments.attributes) known += (known.empty() ? "" : ", ") + a.name;
      auto& d = context.diagnostics.report(Code::not_of_this_optimizer, entry.name_span,
                                           fmt::format("'{}' has no '{}', and it is the optimizer of phase '{}'",
                                                       optimizer->schema->name, entry.name, phase.name));
      d.help = fmt::format("it has {}", known);
      d.notes.push_back({"the optimizer", optimizer->arguments.span});
    }
  }
}

}  // namespace

void group_settings(const Context& context) {
  if (context.program.schedule == nullptr) return;
  const auto optimizers = optimizers_in_force(context.program);
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    const auto& phase = context.program.phases[i];
    check_body(context, *phase.body, optimizers[i], phase);
    const auto* groups = phase.body->body("groups");
    if (groups == nullptr) continue;
    for (const auto& rule : groups->rules) {
      if (const auto* body = rule.value->as<resolve::Body>()) check_body(context, *body, optimizers[i], phase);
    }
  }
}

}  // namespace fts::check
