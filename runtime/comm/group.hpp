// A set of ranks that do collectives together, over one c10d backend (Gloo on CPU, NCCL on CUDA).
#pragma once
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>

namespace fts::comm {

// What a collective throws that did not come through: a rank is gone, or it took too long. World::explain() finds out.
struct CollectiveFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What is thrown where ranks do different things; its text says which.
struct Diverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A collective that has been started. Its tensors must stay as they are until wait() has returned.
class Pending {
 public:
  Pending() = default;
  explicit Pending(c10::intrusive_ptr<c10d::Work> work);
  // Until the result can be used (on CUDA: by what is queued afterwards). Throws CollectiveFailed. Does nothing the
  // second time.
  void wait();
  // The same, but no longer than this: false, not yet.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds patience);
  [[nodiscard]] bool started() const { return work_.defined(); }

 private:
  c10::intrusive_ptr<c10d::Work> work_;
};

// Every rank of the group calls the same collectives in the same order. Sizes are in elements; tensors are contiguous
// and of one dtype and device. What a collective throws is CollectiveFailed.
class Group {
 public:
  // `ranks`: their ranks in the world, ascending; the backend's ranks are positions in it.
  Group(std::string name, std::vector<int> ranks, c10::intrusive_ptr<c10d::Backend> backend);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int rank() const;  // in the group
  [[nodiscard]] int size() const { return static_cast<int>(ranks_.size()); }
  [[nodiscard]] const std::vector<int>& ranks() const { return ranks_; }

  // `out` (size() × n elements) becomes the ranks' `in` (n elements each), in the order of ranks.
  [[nodiscard]] Pending all_gather(const at::Tensor& out, const at::Tensor& in) const;
  // `out` (n elements) becomes this rank's part of the sum of all `in` (size() × n elements). `in` may be overwritten.
  [[nodiscard]] Pending reduce_scatter(const at::Tensor& out, const at::Tensor& in) const;
  // The sum, or the greatest, in place.
  [[nodiscard]] Pending all_reduce(const at::Tensor& tensor) const;
  [[nodiscard]] Pending all_reduce_max(const at::Tensor& tensor) const;
  // `root` is a rank of the group; in place on the others.
  [[nodiscard]] Pending broadcast(const at::Tensor& tensor, int root) const;
  // Until all ranks are here.
  void barrier() const;

  [[nodiscard]] const c10::intrusive_ptr<c10d::Backend>& backend() const { return backend_; }

 private:
  std::string name_;
  std::vector<int> ranks_;
  c10::intrusive_ptr<c10d::Backend> backend_;
};

}  // namespace fts::comm
