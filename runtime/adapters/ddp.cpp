// ddp: every rank has the whole model (torch.nn.parallel.DistributedDataParallel). With `zero1`, parameters are dealt
// out in buckets instead, each put together for a forward and its backward, so that each rank steps its part alone.
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/nn/module.h>

#include "runtime/adapters/distributed.hpp"
#include "runtime/adapters/registry.hpp"

namespace fts {

namespace {

class Ddp final : public Distributed {
 public:
  // Rank 0's buffers (running statistics) are everybody's, as in PyTorch, before the next forward.
  bool backward(const at::Tensor& loss, bool reduces, bool stop) override {
    const bool stops = Distributed::backward(loss, reduces, stop);
    const at::NoGradGuard no_grad;
    if (reduces && world().size() > 1) {
      for (const auto& buffer : module().buffers()) {
        if (buffer.numel() > 0) world().all().broadcast(buffer, 0).wait();
      }
    }
    return stops;
  }

 protected:
  std::vector<UnitOfPlan> units() const override {
    std::vector<UnitOfPlan> buckets;
    if (!strategy().settings.value("zero1", false)) return buckets;
    const auto& plan = session().plan();
    std::size_t bytes = 0;
    for (std::uint32_t p = 0; p < plan.parameters.size(); ++p) {
      if (plan.parameters[p].tied_to) continue;
      if (buckets.empty() || bytes >= bucket_bytes()) {
        buckets.push_back({fmt::format("bucket {}", buckets.size()), {}, false});
        bytes = 0;
      }
      buckets.back().parameters.push_back(p);
      bytes += static_cast<std::size_t>(parameter(p).nbytes());
    }
    return buckets;
  }
  std::size_t bucket_bytes() const override {
    return static_cast<std::size_t>(strategy().settings.value("bucket_cap_mb", 25.0) * (1 << 20));
  }
};

}  // namespace

std::unique_ptr<Adapter> make_ddp_adapter() { return std::make_unique<Ddp>(); }

}  // namespace fts
