#include "runtime/shard/reducer.hpp"

#include <algorithm>
#include <stdexcept>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "compiler/base/error.hpp"
#include "runtime/shard/gradient_hook.hpp"

namespace fts::shard {

namespace {
constexpr std::size_t kFirstBucketBytes = std::size_t{1} << 20;  // PyTorch's: the first reduction starts early
}

struct Reducer::Bucket {
  std::vector<at::Tensor> parameters;
  std::vector<std::int64_t> offsets;
  std::int64_t numel = 0;
  at::Tensor flat;  // between a backward's first gradient and its end
  std::vector<bool> taken;
  std::size_t waiting = 0;
  comm::Pending pending;

  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(numel) * parameters.front().dtype().itemsize();
  }
  [[nodiscard]] bool takes(const at::Tensor& parameter, std::size_t limit) const {
    return bytes() < limit && parameter.dtype() == parameters.front().dtype();
  }
  void add(const at::Tensor& parameter) {
    offsets.push_back(numel);
    numel += parameter.numel();
    parameters.push_back(parameter);
  }
  [[nodiscard]] at::Tensor slot(std::size_t i) const {
    const auto& parameter = parameters[i];
    const auto values = flat.narrow(0, offsets[i], parameter.numel());
    // In memory as the parameter is: optimizers go through both at once.
    return parameter.is_non_overlapping_and_dense() ? values.as_strided(parameter.sizes(), parameter.strides())
                                                    : values.view(parameter.sizes());
  }
};

Reducer::Reducer(comm::Group reduce, std::vector<at::Tensor> parameters, std::size_t bucket_bytes)
    : group_(std::move(reduce)), parameters_(std::move(parameters)), bucket_bytes_(bucket_bytes) {
  phase_changed();
}

Reducer::~Reducer() {
  for (const auto& parameter : parameters_) on_gradient(parameter, {});
}

void Reducer::phase_changed() {
  buckets_.clear();
  for (const auto& parameter : parameters_) on_gradient(parameter, {});
  for (auto parameter = parameters_.rbegin(); parameter != parameters_.rend(); ++parameter) {
    if (!parameter->requires_grad()) continue;
    const auto limit = buckets_.size() <= 1 ? std::min(kFirstBucketBytes, bucket_bytes_) : bucket_bytes_;
    if (buckets_.empty() || !buckets_.back()->takes(*parameter, limit)) buckets_.push_back(std::make_unique<Bucket>());
    buckets_.back()->add(*parameter);
  }
  for (const auto& bucket : buckets_) {
    for (std::size_t i = 0; i < bucket->parameters.size(); ++i)
      on_gradient(bucket->parameters[i], [this, &bucket = *bucket, i] { gradient_ready(bucket, i); });
  }
}

void Reducer::begin_backward(bool reduces) {
  in_backward_ = true;
  reduces_ = reduces;
  next_ = 0;
  if (!reduces) return;
  for (const auto& bucket : buckets_) {
    bucket->waiting = bucket->parameters.size();
    bucket->taken.assign(bucket->waiting, false);
    bucket->flat = at::empty({bucket->numel}, bucket->parameters.front().options().requires_grad(false));
  }
}

void Reducer::gradient_ready(Bucket& bucket, std::size_t i) {
  if (!in_backward_ || !reduces_) return;  // a backward of the program's own accumulates too
  if (bucket.waiting == 0) throw std::runtime_error("a parameter's gradient comes twice in one backward");
  const at::NoGradGuard no_grad;
  bucket.slot(i).copy_(bucket.parameters[i].grad());
  bucket.taken[i] = true;
  if (--bucket.waiting == 0) start(false);
}

// In one order on all ranks. `all`: those too that got no gradient in this backward.
void Reducer::start(bool all) {
  for (; next_ < buckets_.size(); ++next_) {
    auto& bucket = *buckets_[next_];
    if (bucket.waiting > 0 && !all) return;
    for (std::size_t i = 0; i < bucket.parameters.size(); ++i) {
      if (bucket.taken[i]) continue;
      // What accumulated before, in a batch that used it.
      const auto& earlier = bucket.parameters[i].grad();
      if (earlier.defined()) {
        bucket.slot(i).copy_(earlier);
      } else {
        bucket.slot(i).zero_();
      }
      bucket.taken[i] = earlier.defined();
    }
    bucket.pending = group_.all_reduce(bucket.flat);
  }
}

void Reducer::end_backward(Agreed& agreed) {
  in_backward_ = false;
  if (!reduces_) return;
  const at::NoGradGuard no_grad;
  start(true);
  for (const auto& bucket : buckets_) {
    for (const bool taken : bucket->taken) agreed.add(taken);
  }
}

void Reducer::take_agreed(Agreed& agreed) {
  if (!reduces_) return;
  const at::NoGradGuard no_grad;
  for (const auto& bucket : buckets_) {
    bucket->pending.wait();
    bucket->flat.div_(group_.size());
    for (std::size_t i = 0; i < bucket->parameters.size(); ++i) {
      auto& gradient = bucket->parameters[i].mutable_grad();
      gradient = agreed.next() ? bucket->slot(i) : at::Tensor();
    }
    bucket->flat.reset();
  }
}

}  // namespace fts::shard
