// What ddp, fsdp and model_parallel share: the module's parameters over the ranks of a world, some sharded by units
// (each rank keeps pieces of them), the others replicated.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/adapters/adapter.hpp"
#include "runtime/adapters/tensor_plan.hpp"
#include "runtime/comm/world.hpp"
#include "runtime/shard/engine.hpp"
#include "runtime/shard/reducer.hpp"
#include "runtime/shard/tap.hpp"
#include "runtime/shard/tensor_parallel/tensor_parallel.hpp"

namespace fts {

class Distributed : public Adapter {
 public:
  // Parameters that are still sharded are empty from here on: a use of them is an error.
  ~Distributed() override;
  // FTS1404: the processes do not fit the strategy.
  tl::expected<void, Error> connect(SessionHandle& session) override;
  // Each rank reads its own part when it shards.
  void load_weights() override {}
  // Shards, so that phase 0 thaws what is sharded already.
  void on_after_init_fts() override;
  void teardown() override;

  // What a pass of validation has left whole must not outlast the pieces' values.
  void before_restore_model(StateDict& model) override;
  Thawed exec_ft_phase(const Names& thaw, bool init_thaw) override;
  void freeze(const Names& names) override;
  bool backward(const at::Tensor& loss, bool reduces, bool stop) override;
  at::Tensor gradient_norm(const optim::Optimizer& optimizer) override;

  at::Tensor optimizer_parameter(const std::string& name) override;
  at::Tensor local(std::uint32_t position) override;
  at::Tensor whole(std::uint32_t position, const at::Tensor& local) override;
  at::Tensor part_of(std::uint32_t position, const at::Tensor& whole) override;
  OptimizerState optimizer_state(const optim::Optimizer& optimizer, const Wanted& wanted) override;
  bool load_optimizer_state_dict(optim::Optimizer& optimizer, const OptimizerState& state) override;
  bool using_sharded_optimizer() const override { return engine_ != nullptr || slices_ != nullptr; }
  int ranks_with_one_batch() const override { return mesh_.tensor; }

 protected:
  // Ranks along three dimensions: those that share a unit's parameters, those that hold the same pieces, and, next to
  // each other in the world, those that compute a layer together.
  struct Mesh {
    int shards = 1;
    int replicas = 1;
    int tensor = 1;
  };
  [[nodiscard]] virtual tl::expected<Mesh, Error> mesh() const { return Mesh{world().size()}; }
  struct UnitOfPlan {
    std::string name;
    std::vector<std::uint32_t> parameters;  // positions, each tensor once
    bool reshard_after_forward = true;
    shard::Precision precision = {};
  };
  // What is sharded; parameters in no unit are replicated.
  [[nodiscard]] virtual std::vector<UnitOfPlan> units() const = 0;
  // The plan's units that have parameters, with what `settle` makes of their settings.
  [[nodiscard]] std::vector<UnitOfPlan> units_of_plan(
      const std::function<void(const plan::Unit&, UnitOfPlan&)>& settle) const;
  // In which buffers are read by the operators of a forward; none: their own.
  [[nodiscard]] virtual std::optional<at::ScalarType> buffer_dtype() const { return std::nullopt; }
  [[nodiscard]] virtual std::size_t bucket_bytes() const { return std::size_t{25} << 20; }

  [[nodiscard]] World& world() const { return *world_; }
  [[nodiscard]] at::Tensor parameter(std::uint32_t position) const { return parameters_[position]; }

 private:
  void shard_module();
  void start_alike();
  void slice_parameters();
  // The ranks that have this one's place in the mesh, but for the dimensions named.
  enum Along { kShards = 1, kReplicas = 2, kTensor = 4 };
  [[nodiscard]] std::vector<int> ranks_along(int dimensions) const;
  void read_pieces();
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> segments_of(const std::vector<std::uint32_t>& positions) const;
  [[nodiscard]] bool sharded(std::uint32_t position) const { return engine_ && engine_->has(position); }
  [[nodiscard]] bool sliced(std::uint32_t position) const { return slices_ && slices_->has(position); }
  [[nodiscard]] at::Tensor put_together(std::uint32_t position, const at::Tensor& local) const;
  void settle_phase();
  void compare_gradients();

  std::shared_ptr<World> world_;
  Mesh mesh_;
  TensorPlan tensor_plan_;
  std::vector<at::Tensor> parameters_;                        // by position
  std::unordered_map<std::string, std::uint32_t> positions_;  // by the optimizer's names
  std::unique_ptr<shard::TensorRanks> tensor_ranks_;          // all three: where several ranks compute a layer together
  std::unique_ptr<shard::Slices> slices_;
  std::unique_ptr<shard::TensorParallel> tensor_parallel_;
  std::unique_ptr<shard::Engine> engine_;
  std::unique_ptr<shard::Tap> tap_;
  std::unique_ptr<shard::Reducer> reducer_;
  std::optional<comm::Group> shards_;  // for norms and states
  std::optional<comm::Group> flags_;
  std::int64_t backwards_ = 0, saves_ = 0;  // in which all ranks have met
  bool phase_changed_ = false;
  bool compares_gradients_ = false;
};

}  // namespace fts
