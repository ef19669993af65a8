// fsdp: the plan's units, sharded over all ranks or, under HYBRID_SHARD, over those of a host
// (torch.distributed.fsdp.FullyShardedDataParallel).
#include <cstdlib>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/adapters/distributed.hpp"
#include "runtime/adapters/precision_settings.hpp"
#include "runtime/adapters/registry.hpp"

namespace fts {

namespace {

class Fsdp final : public Distributed {
 protected:
  tl::expected<Mesh, Error> mesh() const override {
    const auto sharding = this->sharding();
    if (sharding == "NO_SHARD") return Mesh{1, world().size()};
    if (!sharding.starts_with("HYBRID") && !sharding.starts_with("_HYBRID")) return Mesh{world().size(), 1};
    const char* here = nullptr;
    for (const char* of_launcher : {"LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"}) {
      if (here == nullptr) here = std::getenv(of_launcher);
    }
    const int on_host = here != nullptr ? std::atoi(here) : world().size() == 1 ? 1 : 0;
    if (on_host < 1 || world().size() % on_host != 0) {
      return tl::unexpected(
          make_error(Code::world_mismatch,
                     fmt::format("{} shards within a host, but {} processes are not some hosts of {} each", sharding,
                                 world().size(), here == nullptr ? "?" : here),
                     "start as many processes on each host and say how many (LOCAL_WORLD_SIZE), or write "
                     "sharding_strategy = FULL_SHARD"));
    }
    return Mesh{on_host, world().size() / on_host};
  }

  std::vector<UnitOfPlan> units() const override {
    const auto precision = precision_of_strategy(strategy().settings);
    // Parameters that every rank keeps are replicated, unless they are kept in another way than they are used.
    if (sharding() == "NO_SHARD" && !precision.param_dtype && !precision.reduce_dtype && !precision.offload) return {};
    const bool reshards = sharding() != "SHARD_GRAD_OP" && sharding() != "_HYBRID_SHARD_ZERO2";
    return units_of_plan([&](const plan::Unit&, UnitOfPlan& settled) {
      settled.reshard_after_forward = reshards;
      settled.precision = precision;
    });
  }
  std::optional<at::ScalarType> buffer_dtype() const override { return buffer_dtype_of(strategy().settings); }

 private:
  std::string sharding() const { return strategy().settings.value("sharding_strategy", std::string("FULL_SHARD")); }
};

}  // namespace

std::unique_ptr<Adapter> make_fsdp_adapter() { return std::make_unique<Fsdp>(); }

}  // namespace fts
