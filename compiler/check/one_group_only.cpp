// L-BFGS takes one parameter group, and every phase that thaws something adds one.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

void one_group_only(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr) return;
  const auto refuse = [&](const resolve::Spec& optimizer, const std::string& why) {
    context.diagnostics
        .report(Code::one_group_only, optimizer.arguments.span,
                fmt::format("'lbfgs' takes one parameter group, and {}", why))
        .help = "take another optimizer, or one phase with one group";
  };
  if (const auto* implicit = spec_of(*program.schedule, "reinit_optim_cfg");
      implicit != nullptr && implicit->schema->name == "lbfgs")
    refuse(*implicit, "a later phase adds another");
  const auto optimizers = optimizers_in_force(program);
  const auto groups = group_counts(context);
  const resolve::Spec* refused = nullptr;
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    if (optimizers[i] == nullptr || optimizers[i] == refused || optimizers[i]->schema->name != "lbfgs" ||
        groups[i].most < 2)
      continue;
    refused = optimizers[i];
    refuse(*refused, fmt::format("there are {} in phase '{}'", groups[i].most, program.phases[i].name));
  }
}

}  // namespace fts::check
