// A rate of zero trains nothing.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

void check_body(const Context& context, const resolve::Body& body, const std::string& whose) {
  const auto* lr = body.given("lr");
  if (lr == nullptr || body.number("lr") != 0) return;
  context.diagnostics
      .report(Code::rate_is_zero, lr->span, fmt::format("the learning rate of {} is 0: it trains nothing", whose))
      .help = "write a rate above 0, or leave the parameters frozen";
}

}  // namespace

void zero_rates(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr) return;
  if (const auto* optimizer = spec_of(*program.schedule, "optimizer"))
    check_body(context, optimizer->arguments, "the optimizer");
  for (const auto& phase : program.phases) {
    check_body(context, *phase.body, fmt::format("phase '{}'", phase.name));
    const auto* groups = phase.body->body("groups");
    if (groups == nullptr) continue;
    for (const auto& rule : groups->rules) {
      if (const auto* body = rule.value->as<resolve::Body>()) check_body(context, *body, "this group");
    }
  }
}

}  // namespace fts::check
