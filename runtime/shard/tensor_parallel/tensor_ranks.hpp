// The ranks that compute a layer together, and what they do to activations between them.
#pragma once
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "compiler/base/error.hpp"
#include "runtime/comm/world.hpp"

namespace fts::shard {

// What a forward does that cannot be carried out on tensor ranks: it comes out of the forward.
struct Refused : std::runtime_error {
  explicit Refused(Error why) : std::runtime_error(why.text()), error(std::move(why)) {}
  Error error;
};

//   keep      the tensor itself
//   sum       of all ranks' tensors
//   gather    the ranks' tensors one after another along the dimension
//   split     this rank's part of it
//   scatter   this rank's part of the sum
enum class Move { keep, sum, gather, split, scatter };

class TensorRanks {
 public:
  // Both over the same ranks; `calls` communicates on the CPU.
  TensorRanks(World& world, comm::Group group, comm::Group calls);

  [[nodiscard]] int size() const { return group_.size(); }
  [[nodiscard]] int rank() const { return group_.rank(); }
  // Says for what another rank waits elsewhere, where this one has not been; empty: it may still come here. Asked when
  // a rank is late.
  void look_elsewhere(std::function<std::string(int rank)> waits_for) { waits_for_ = std::move(waits_for); }

  // `layer` is who asks. Throws comm::RankLost; comm::Diverged where another rank asks for another layer, or with a
  // tensor of another size; Refused where the ranks do not divide the dimension.
  [[nodiscard]] at::Tensor move(Move move, const at::Tensor& tensor, std::int64_t dim, const std::string& layer) const;
  // The same in a forward; backward does `back` to the gradient. `layer` outlives the graph's backward.
  [[nodiscard]] at::Tensor exchange(const at::Tensor& tensor, Move forward, Move back, std::int64_t dim,
                                    const std::string& layer) const;

  // Whether all ranks have the same values, of each tensor (undefined: none). A collective.
  [[nodiscard]] std::vector<bool> alike(const std::vector<at::Tensor>& tensors, const std::string& what) const;
  // As World::diverged().
  [[noreturn]] void diverged(const std::string& text) const { world_.diverged(text); }
  // The ranks' default generators go on from the state of the first one's: what they compute alike they must drop out
  // alike.
  void share_random_state() const;

 private:
  void meet(const std::string& what, const at::Tensor& tensor, Move move) const;
  void look_for_late_ranks(const std::string& here) const;

  World& world_;
  comm::Group group_;
  comm::Group calls_;
  std::function<std::string(int)> waits_for_;
};

}  // namespace fts::shard
