// ddp: replicas (torch.nn.parallel.DistributedDataParallel's arguments), and ZeRO-1.
#include <fmt/format.h>

#include "compiler/adapters/schemas.hpp"
#include "compiler/adapters/strategy.hpp"
#include "compiler/base/code.hpp"

namespace fts::adapters {

using namespace resolve::type;

// What changes with the phases: static_graph promises that nothing does. (Parameters that thaw late are reduced from
// then on; find_unused_parameters is not needed for them.)
void check_ddp(const check::Context& context, const resolve::Strategy& strategy) {
  const auto phases = context.program.phases.size();
  if (!flag_setting(strategy, "static_graph", false) || phases == 1) return;
  context.diagnostics
      .report(Code::conflicting_arguments, setting(strategy, "static_graph")->span,
              "static_graph = true says that every step is alike, but each phase trains other parameters")
      .help = "leave static_graph out, or train all in one phase";
}

resolve::SpecSchema ddp_schema(const std::string& /*folder*/) {
  return {
      .name = "ddp",
      .class_name = "DDPStrategyAdapter",
      .doc = "Replicas; gradients are reduced in buckets.",
      .arguments = {
          .name = "ddp",
          .attributes = {
              attribute("find_unused_parameters", boolean(), false, "Reduce though some parameters got no gradient."),
              attribute("static_graph", boolean(), false, "The same operators run in every step."),
              attribute("bucket_cap_mb", number().above(0), 25.0, "Size of a bucket in MiB."),
              attribute("gradient_as_bucket_view", boolean(), false, "Gradients are views of the buckets."),
              attribute("zero1", boolean(), false, "Shard the optimizer's state (ZeRO-1)."),
          }}};
}

}  // namespace fts::adapters
