// Shards an unmodified model: units are gathered when an operator touches one of their parameters, and freed when the
// next unit is touched. The module's forward knows nothing of it. Units of one operator are whole together.
//
//   forward    a touched unit is gathered; the one before it is resharded (reshard_after_forward)
//   backward   the same, and a segment's gradients, once all are there, are reduced while backward goes on
//   afterwards nothing is whole, and each rank's pieces have their mean gradients
//
// From the second step on the order of gathers is known, and the next one runs ahead of its use.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/comm/world.hpp"
#include "runtime/shard/agreed.hpp"
#include "runtime/shard/agreement.hpp"
#include "runtime/shard/buffers.hpp"
#include "runtime/shard/casts.hpp"
#include "runtime/shard/order.hpp"
#include "runtime/shard/segment.hpp"
#include "runtime/shard/tap.hpp"

namespace fts::shard {

// Parameters that are gathered together, as positions in the engine's parameters; each position in one segment of one
// unit. Parameters of a segment have one dtype and always train or freeze together.
struct UnitSpec {
  std::string name;
  std::vector<std::vector<std::uint32_t>> segments;
  bool reshard_after_forward = true;
  Precision precision = {};
};

class Engine final : public TapHandler {
 public:
  // Shards those of the parameters that are in a unit; their values are the same on every rank. `world` and the
  // tensors' module outlive the engine; a Tap must be on while operators touch the parameters.
  Engine(World& world, Groups groups, const std::vector<at::Tensor>& parameters, std::vector<UnitSpec> units);
  ~Engine() override;

  // This rank's piece of a parameter and where it lies in the flattened parameter.
  [[nodiscard]] const at::Tensor& piece(std::uint32_t position) const;
  [[nodiscard]] const Range& range(std::uint32_t position) const;

  [[nodiscard]] bool has(std::uint32_t position) const { return at_[position].first != nullptr; }
  // The parameter, or a tensor of its size that is split like it (an optimizer's state), put together: flat and whole,
  // on every rank. A collective.
  [[nodiscard]] at::Tensor whole(std::uint32_t position, const at::Tensor& piece) const;

  // Around a backward. `reduce`: false while more batches accumulate; gradients then stay whole on each rank.
  void begin_backward(bool reduce);
  // Says what was used; what take_agreed() reads is what all ranks used. Between the two the flags are exchanged.
  void end_backward(Agreed& agreed);
  void take_agreed(Agreed& agreed);
  // Other parameters train from here on (requires_grad has been set).
  void phase_changed();
  // Nothing is whole afterwards, so that pieces may be changed.
  void reshard_all();

  // Casts::read_in.
  void read_in(const at::Tensor& buffer, at::ScalarType dtype) { casts_.read_in(buffer, dtype); }

  bool handle(const c10::OperatorHandle& op, torch::jit::Stack& stack) override;
  // Agreement::ahead of this engine's ranks.
  [[nodiscard]] std::string ahead(int rank) const { return agreement_.ahead(rank); }

  [[nodiscard]] const Buffers& buffers() const { return *buffers_; }
  [[nodiscard]] std::int64_t gathers() const { return gathers_; }  // since the engine was made
  [[nodiscard]] std::size_t whole_units() const;

 private:
  struct Unit;
  struct Part;  // a segment with its place in backward

  [[nodiscard]] Order& order();
  [[nodiscard]] bool active(const Unit& unit) const;
  void gather_for(const c10::OperatorHandle& op, const torch::jit::Stack& stack);
  void refuse_writes(const c10::OperatorHandle& op, const torch::jit::Stack& stack) const;
  void use(std::vector<Unit*> units, const c10::OperatorHandle& op);
  void gather(Unit& unit, const c10::OperatorHandle& op);
  void start_gather(Unit& unit, const std::string& reason);
  void foretell();
  void leave(Unit& unit);
  void gradient_ready(Part& part, std::size_t i);
  void guess_reduce_order();
  void reduce_as_rank_0(const std::vector<Part*>& order);
  void start_reductions(bool all);
  void finish_oldest_reduction();
  void finish_backward();
  void settle_reduce_order();

  World& world_;
  Groups groups_;
  std::shared_ptr<Buffers> buffers_;
  Agreement agreement_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::pair<Part*, std::size_t>> at_;  // by position; null: in no unit
  std::unordered_map<const c10::StorageImpl*, Unit*> by_storage_;
  Casts casts_;

  Order training_{false};
  Order evaluation_{true};
  std::vector<Unit*> active_;  // of the last operator that found one of its units sharded
  std::int64_t gathers_ = 0;

  bool in_backward_ = false;
  bool reduces_ = true;
  bool order_guessed_ = false;
  bool order_settled_ = false;
  std::vector<Part*> reduce_order_;  // of those that train
  std::vector<Part*> ready_order_;   // as they became ready in the first step of a phase
  std::size_t next_reduction_ = 0;
  std::deque<Part*> reducing_;
};

}  // namespace fts::shard
