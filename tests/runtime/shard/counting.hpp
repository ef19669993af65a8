// A process group around another one, which counts what passes through it.
#pragma once
#include <memory>
#include <vector>

#include <torch/csrc/distributed/c10d/Backend.hpp>

#include "runtime/comm/group.hpp"

namespace fts::shard {

struct Traffic {
  std::int64_t gathered = 0;  // elements that all-gathers gave this rank
  std::int64_t reduced = 0;   // elements that reduce-scatters took from it
};

class CountingBackend final : public c10d::Backend {
 public:
  CountingBackend(c10::intrusive_ptr<c10d::Backend> within, Traffic& traffic)
      : Backend(within->getRank(), within->getSize()), within_(std::move(within)), traffic_(traffic) {}

  const std::string getBackendName() const override { return within_->getBackendName(); }  // NOLINT: c10d's signature

  c10::intrusive_ptr<c10d::Work> all_gather_single(at::Tensor& out, at::Tensor& in,
                                                   const c10d::AllgatherOptions& options) override {
    traffic_.gathered += out.numel();
    return within_->all_gather_single(out, in, options);
  }
  c10::intrusive_ptr<c10d::Work> reduce_scatter_single(at::Tensor& out, at::Tensor& in,
                                                       const c10d::ReduceScatterOptions& options) override {
    traffic_.reduced += in.numel();
    return within_->reduce_scatter_single(out, in, options);
  }

 private:
  c10::intrusive_ptr<c10d::Backend> within_;
  Traffic& traffic_;
};

inline comm::Group counted(const comm::Group& group, Traffic& traffic) {
  return {group.name(), group.ranks(), c10::make_intrusive<CountingBackend>(group.backend(), traffic)};
}

}  // namespace fts::shard
