// Parameters that are gathered, reduced and freed together.
//
//   whole   one flat tensor of all parameters, padded to a multiple of the ranks. The module's parameters are views
//   into
//           its storage; the storage is empty while the segment is sharded.
//   part    this rank's 1/n of it, always there: the master copy. The whole may be of another dtype and device.
//   piece   where a parameter and the part overlap: what the optimizer steps. Empty on ranks that hold none of it.
//
// All parameters of a segment train or freeze together (they have the same dtype and the same history of phases), so a
// reduction never carries gradients that nobody needs, and both collectives work in place, without a copy.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "runtime/comm/group.hpp"
#include "runtime/shard/buffers.hpp"
#include "runtime/shard/precision.hpp"

namespace fts::shard {

// Elements of a flattened parameter that a rank holds.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  [[nodiscard]] std::int64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

// The communicators of an engine, all over the same ranks: gathers, reductions and announcements never queue behind
// one another. `announcements` communicates on the CPU.
struct Groups {
  comm::Group gather;
  comm::Group reduce;
  comm::Group announcements;
  std::optional<comm::Group> replicas;  // the ranks that hold the same part (hybrid sharding): they sum up as well
};

class Segment {
 public:
  // Takes the parameters' values, which must be the same on every rank (zeros, where one has no memory); each becomes a
  // view into the segment's storage and keeps its identity, shape and requires_grad, but has the dtype of `precision`.
  // The storage is sharded at the end.
  Segment(std::vector<at::Tensor> parameters, const Groups& groups, std::shared_ptr<Buffers> buffers,
          const Precision& precision = {});
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  [[nodiscard]] std::size_t size() const { return parameters_.size(); }
  [[nodiscard]] const at::Tensor& parameter(std::size_t i) const { return parameters_[i]; }
  [[nodiscard]] const at::Tensor& part() const { return part_; }
  [[nodiscard]] const at::Tensor& piece(std::size_t i) const { return pieces_[i]; }
  [[nodiscard]] const Range& range(std::size_t i) const { return ranges_[i]; }
  [[nodiscard]] std::int64_t numel() const { return whole_.numel(); }  // with the padding
  [[nodiscard]] c10::StorageImpl* storage() const { return whole_.storage().unsafeGetStorageImpl(); }
  [[nodiscard]] const at::Tensor& whole() const { return whole_; }

  // Sharded → gathering → whole → sharded. While it is gathering the storage is still empty, so that a use of the
  // parameters is noticed, and waits for finish_gather().
  enum class State { sharded, gathering, whole };
  [[nodiscard]] State state() const { return state_; }
  void start_gather();
  // Whether finish_gather() need not wait; looks for so long.
  [[nodiscard]] bool gathered_within(std::chrono::milliseconds patience) { return gather_.wait_for(patience); }
  void finish_gather();
  void reshard();
  // Takes part in a gather whose result this rank does not need.
  void gather_for_others();

  // A parameter, or what is split like it, flat and whole on every rank. A collective.
  [[nodiscard]] at::Tensor gather(std::size_t i, const at::Tensor& piece) const;

  // ---- gradients
  // requires_grad of the parameters has been set; the pieces follow.
  void phase_changed();
  // Moves the parameter's gradient into the flat one, at its place; adds to what accumulated there before.
  void take_gradient(std::size_t i);
  [[nodiscard]] bool taken(std::size_t i) const { return taken_[i]; }
  // Whether gradients are whole here: coming together, or on their way.
  [[nodiscard]] bool has_gradient() const { return gradient_.defined(); }
  // Reduces the flat gradient (zero where there was none) to the mean over the ranks; finish_reduction() leaves it as
  // the pieces' gradients.
  void start_reduction();
  void finish_reduction();
  [[nodiscard]] bool trains() const { return parameters_.front().requires_grad(); }

 private:
  [[nodiscard]] std::size_t whole_bytes() const { return static_cast<std::size_t>(whole_.numel()) * whole_.itemsize(); }
  [[nodiscard]] at::TensorOptions gradient_options() const;
  [[nodiscard]] Range range_of(std::size_t i, int rank) const;
  [[nodiscard]] at::Tensor slice(const at::Tensor& flat, std::size_t i) const;

  const Groups& groups_;
  std::shared_ptr<Buffers> buffers_;  // also of what a backend still holds when the segment is gone
  Precision precision_;
  std::vector<at::Tensor> parameters_;
  std::vector<std::int64_t> offsets_;
  std::vector<Range> ranges_;
  at::Tensor whole_;
  at::Tensor part_;
  std::vector<at::Tensor> pieces_;
  State state_ = State::whole;
  c10::DataPtr incoming_;  // while it is gathering
  at::Tensor outgoing_;    // likewise: the part, as it is sent
  comm::Pending gather_;
  at::Tensor gradient_;  // flat, of the whole; only between a backward's first gradient and the reduction
  std::vector<bool> taken_;
  at::Tensor reduced_;  // flat, of the part; only while a reduction is on its way
  comm::Pending reduction_;
};

}  // namespace fts::shard
