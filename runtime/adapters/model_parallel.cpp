// model_parallel: the plan's units, each with its own settings, on a mesh of data × tensor ranks
// (torch.distributed.fsdp.fully_shard).
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/adapters/distributed.hpp"
#include "runtime/adapters/registry.hpp"

namespace fts {

namespace {

class ModelParallel final : public Distributed {
 public:
  tl::expected<void, Error> connect(SessionHandle& session) override {
    if (auto connected = Distributed::connect(session); !connected) return connected;
    Error lacks;
    const auto lacking = [&](const plan::Unit& unit, const char* setting, const char* remedy) {
      if (const auto it = unit.settings.find(setting); it == unit.settings.end() || it->is_null()) return;
      auto error =
          make_error(Code::unsupported_at_run_time,
                     fmt::format("the runtime does not carry out {} (unit '{}')", setting, unit.module), remedy);
      lacks.diagnostics.push_back(std::move(error.diagnostics.front()));
    };
    for (const auto& unit : strategy().units) {
      lacking(unit, "mp_policy", "write precision = bf16_mixed in the strategy");
      lacking(unit, "act_ckpt", "leave it out: activations are kept");
    }
    if (!lacks.diagnostics.empty()) return tl::unexpected(std::move(lacks));
    if (tensor_ranks() > 1) {
      session.warn("tensor-parallel ranks share the memory of all parameters, but each computes whole layers",
                   "more data-parallel ranks would be faster: mesh { tensor = 1 }");
    }
    return {};
  }
  int ranks_with_one_batch() const override { return static_cast<int>(tensor_ranks()); }

 protected:
  tl::expected<Mesh, Error> mesh() const override {
    const auto tensor = tensor_ranks();
    const auto data = ranks("data") == 0 ? world().size() / tensor : ranks("data");
    if (data * tensor == world().size()) return Mesh{world().size(), 1};
    return tl::unexpected(
        make_error(Code::world_mismatch,
                   fmt::format("the mesh of strategy '{}' is {} × {} ranks, but there are {} processes",
                               strategy().name, data, tensor, world().size()),
                   "start data × tensor processes, or change `mesh`"));
  }

  std::vector<UnitOfPlan> units() const override {
    return units_of_plan([](const plan::Unit& unit) {
      const auto reshards = unit.settings.find("reshard_after_forward");
      return reshards == unit.settings.end() || *reshards != false;
    });
  }

 private:
  // Along a dimension of the mesh; 0: not said.
  std::int64_t ranks(const char* dimension) const {
    const auto mesh = strategy().settings.find("mesh");
    if (mesh == strategy().settings.end() || !mesh->is_object()) return 0;
    const auto n = mesh->find(dimension);
    return n == mesh->end() || !n->is_number_integer() ? 0 : n->get<std::int64_t>();
  }
  std::int64_t tensor_ranks() const { return std::max<std::int64_t>(ranks("tensor"), 1); }
};

}  // namespace

std::unique_ptr<Adapter> make_model_parallel_adapter() { return std::make_unique<ModelParallel>(); }

}  // namespace fts
