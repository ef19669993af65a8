// model_parallel: the plan's units, each with its own settings, on a mesh of data × tensor ranks
// (torch.distributed.fsdp.fully_shard).
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/adapters/distributed.hpp"
#include "runtime/adapters/precision_settings.hpp"
#include "runtime/adapters/registry.hpp"

namespace fts {

namespace {

class ModelParallel final : public Distributed {
 public:
  tl::expected<void, Error> connect(SessionHandle& session) override {
    if (auto connected = Distributed::connect(session); !connected) return connected;
    if (tensor_ranks() > 1 && strategy().tensor_parallel.empty()) {
      session.warn(fmt::format("{} tensor-parallel ranks, but the strategy has no tp_plan: each computes the same",
                               tensor_ranks()),
                   "write a tp_plan, or more data-parallel ranks: mesh { tensor = 1 }");
    }
    warn_of_layouts(session);
    return {};
  }

 protected:
  tl::expected<Mesh, Error> mesh() const override {
    const auto tensor = tensor_ranks();
    const auto data = ranks("data") == 0 ? world().size() / tensor : ranks("data");
    if (data * tensor == world().size()) return Mesh{static_cast<int>(data), 1, static_cast<int>(tensor)};
    return tl::unexpected(
        make_error(Code::world_mismatch,
                   fmt::format("the mesh of strategy '{}' is {} × {} ranks, but there are {} processes",
                               strategy().name, data, tensor, world().size()),
                   "start data × tensor processes, or change `mesh`"));
  }

  std::vector<UnitOfPlan> units() const override {
    return units_of_plan([](const plan::Unit& unit, UnitOfPlan& settled) {
      const auto reshards = unit.settings.find("reshard_after_forward");
      settled.reshard_after_forward = reshards == unit.settings.end() || *reshards != false;
      settled.precision = precision_of_unit(unit.settings);
    });
  }

 private:
  // What changes nothing but where elements lie, and is not carried out.
  void warn_of_layouts(SessionHandle& session) const {
    const auto some = [&](const auto& wanted) { return std::ranges::any_of(strategy().units, wanted); };
    if (some([](const plan::Unit& unit) { return unit.settings.contains("shard_placement_fn"); }))
      session.warn("shard_placement_fn has no effect: each unit is split as one flat tensor", "leave it out");
    if (some([](const plan::Unit& unit) {
          const auto reshards = unit.settings.find("reshard_after_forward");
          return reshards != unit.settings.end() && reshards->is_number();
        }))
      session.warn("a number as reshard_after_forward is taken for true: a unit is resharded to all its ranks",
                   "write true, or false to keep it whole");
  }

  // Along a dimension of the mesh; 0: not said.
  std::int64_t ranks(const char* dimension) const {
    const auto mesh = strategy().settings.find("mesh");
    if (mesh == strategy().settings.end() || !mesh->is_object()) return 0;
    const auto n = mesh->find(dimension);
    return n == mesh->end() || !n->is_number_integer() ? 0 : n->get<std::int64_t>();
  }
  std::int64_t tensor_ranks() const {
    const auto mesh = strategy().settings.find("mesh");
    if (ranks("tensor") == 0 && ranks("data") > 0 && mesh->value("tensor", nlohmann::json()) == "auto")
      return std::max<std::int64_t>(world().size() / ranks("data"), 1);
    return std::max<std::int64_t>(ranks("tensor"), 1);
  }
};

}  // namespace

std::unique_ptr<Adapter> make_model_parallel_adapter() { return std::make_unique<ModelParallel>(); }

}  // namespace fts
