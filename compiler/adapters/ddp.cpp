// ddp: replicas (torch.nn.parallel.DistributedDataParallel's arguments), and ZeRO-1.
#include "compiler/adapters/schemas.hpp"

namespace fts::adapters {

using namespace resolve::type;

resolve::SpecSchema ddp_schema() {
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
