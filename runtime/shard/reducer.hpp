// Replicated parameters: every rank has them whole, and their gradients become the mean over the ranks, in buckets that
// are reduced while backward goes on (the scheme of DistributedDataParallel: Li et al., VLDB 2020).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/comm/group.hpp"
#include "runtime/shard/agreed.hpp"

namespace fts::shard {

class Reducer {
 public:
  // `parameters` start equal on every rank. A bucket holds up to `bucket_bytes` of one dtype.
  Reducer(comm::Group reduce, std::vector<at::Tensor> parameters, std::size_t bucket_bytes);
  ~Reducer();
  Reducer(const Reducer&) = delete;
  Reducer& operator=(const Reducer&) = delete;

  // Other parameters train from here on (requires_grad has been set): new buckets.
  void phase_changed();
  // `reduces`: false while more batches accumulate; gradients then stay this rank's.
  void begin_backward(bool reduces);
  // Says what was used; then, with what all ranks used, every gradient is the mean, and what no rank used has none.
  void end_backward(Agreed& agreed);
  void take_agreed(Agreed& agreed);

 private:
  struct Bucket;
  void gradient_ready(Bucket& bucket, std::size_t i);
  void start(bool all);

  comm::Group group_;
  std::vector<at::Tensor> parameters_;
  std::size_t bucket_bytes_;
  std::vector<std::unique_ptr<Bucket>> buckets_;  // the last parameters first, as backward comes to them
  std::size_t next_ = 0;
  bool in_backward_ = false;
  bool reduces_ = false;
};

}  // namespace fts::shard
