#include "runtime/shard/segment.hpp"

#include <algorithm>
#include <memory>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include "compiler/base/error.hpp"

namespace fts::shard {

namespace {

// Memory of the pool as a tensor; goes back to it with its last reference.
at::Tensor pooled(const std::shared_ptr<Buffers>& buffers, std::int64_t numel, const at::TensorOptions& options) {
  const auto bytes = static_cast<std::size_t>(numel) * options.dtype().itemsize();
  auto memory = std::make_shared<c10::DataPtr>(buffers->take(bytes));
  return at::from_blob(
      memory->get(), {numel}, [buffers, memory](void*) { buffers->give(std::move(*memory)); }, options);
}

}  // namespace

Segment::Segment(std::vector<at::Tensor> parameters, const Groups& groups, std::shared_ptr<Buffers> buffers,
                 const Precision& precision)
    : groups_(groups),
      buffers_(std::move(buffers)),
      precision_(precision),
      parameters_(std::move(parameters)),
      taken_(parameters_.size(), false) {
  FTS_CHECK(!parameters_.empty());
  const at::NoGradGuard no_grad;
  std::int64_t total = 0;
  for (const auto& parameter : parameters_) {
    FTS_CHECK(parameter.dtype() == parameters_.front().dtype());
    offsets_.push_back(total);
    total += parameter.numel();
  }
  const std::int64_t ranks = groups.gather.size();
  const std::int64_t share = (total + ranks - 1) / ranks;
  const auto own = parameters_.front().options().requires_grad(false);
  const bool casts = precision_.param_dtype && parameters_.front().is_floating_point();
  whole_ = at::empty({share * ranks}, casts ? own.dtype(*precision_.param_dtype) : own);
  part_ = at::zeros({share}, precision_.offload ? own.device(at::kCPU) : own);
  if (precision_.offload && precision_.pin_memory && !whole_.is_cpu()) part_ = part_.pin_memory();
  const std::int64_t begin = share * groups.gather.rank();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& range = ranges_.emplace_back(range_of(i, groups.gather.rank()));
    const auto piece = part_.narrow(0, range.size() == 0 ? 0 : offsets_[i] + range.begin - begin, range.size());
    const bool has_values = parameters_[i].storage().nbytes() > 0;  // else they are read into the pieces
    if (has_values) piece.copy_(parameters_[i].flatten().narrow(0, range.begin, range.size()));
    pieces_.push_back(piece.detach());
    parameters_[i].set_data(slice(whole_, i).view(parameters_[i].sizes()));
  }
  // The memory that the construction used is the allocator's own, not the pool's.
  storage()->set_data_ptr_noswap(c10::DataPtr(nullptr, whole_.device()));
  storage()->set_nbytes(0);
  state_ = State::sharded;
}

// A gather that failed may have left its backend writing: the memory is left to it.
Segment::~Segment() {
  if (state_ == State::gathering) incoming_.release_context();
}

Range Segment::range_of(std::size_t i, int rank) const {
  const auto numel = parameters_[i].numel();
  const auto share = whole_.numel() / groups_.gather.size();
  const auto begin = share * rank;
  return {std::clamp<std::int64_t>(begin - offsets_[i], 0, numel),
          std::clamp<std::int64_t>(begin + share - offsets_[i], 0, numel)};
}

at::Tensor Segment::gather(std::size_t i, const at::Tensor& piece) const {
  const at::NoGradGuard no_grad;
  const auto ranks = groups_.gather.size();
  std::int64_t longest = 0;
  for (int rank = 0; rank < ranks; ++rank) longest = std::max(longest, range_of(i, rank).size());
  const auto mine = at::zeros({longest}, piece.options().device(whole_.device()).requires_grad(false));
  mine.narrow(0, 0, piece.numel()).copy_(piece);
  const auto all = at::empty({longest * ranks}, mine.options());
  groups_.gather.all_gather(all, mine).wait();
  std::vector<at::Tensor> parts;
  for (int rank = 0; rank < ranks; ++rank) parts.push_back(all.narrow(0, longest * rank, range_of(i, rank).size()));
  return at::cat(parts);
}

void Segment::phase_changed() {
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    FTS_CHECK(parameters_[i].requires_grad() == trains());
    pieces_[i].set_requires_grad(trains());
    if (!trains()) pieces_[i].mutable_grad().reset();
  }
}

at::Tensor Segment::slice(const at::Tensor& flat, std::size_t i) const {
  return flat.narrow(0, offsets_[i], parameters_[i].numel());
}

void Segment::start_gather() {
  FTS_CHECK(state_ == State::sharded);
  incoming_ = buffers_->take(whole_bytes());
  outgoing_ = part_.to(whole_.options());
  gather_ = groups_.gather.all_gather(at::from_blob(incoming_.get(), {whole_.numel()}, whole_.options()), outgoing_);
  state_ = State::gathering;
}

void Segment::finish_gather() {
  FTS_CHECK(state_ == State::gathering);
  gather_.wait();
  outgoing_.reset();
  // Filling the storage is no change that autograd should know of: the values are those that it has seen before.
  storage()->set_data_ptr_noswap(std::move(incoming_));
  storage()->set_nbytes(whole_bytes());
  state_ = State::whole;
}

void Segment::reshard() {
  FTS_CHECK(state_ == State::whole);
  buffers_->give(storage()->set_data_ptr(c10::DataPtr(nullptr, whole_.device())));
  storage()->set_nbytes(0);
  state_ = State::sharded;
}

void Segment::gather_for_others() {
  groups_.gather.all_gather(pooled(buffers_, whole_.numel(), whole_.options()), part_.to(whole_.options())).wait();
}

at::TensorOptions Segment::gradient_options() const {
  return precision_.reduce_dtype ? whole_.options().dtype(*precision_.reduce_dtype) : whole_.options();
}

void Segment::take_gradient(std::size_t i) {
  auto& parameter = parameters_[i];
  auto& gradient = parameter.mutable_grad();
  if (!gradient.defined()) return;
  const at::NoGradGuard no_grad;
  if (!gradient_.defined()) gradient_ = pooled(buffers_, whole_.numel(), gradient_options());
  const auto to = slice(gradient_, i).view(parameter.sizes());
  if (taken_[i]) {
    to.add_(gradient);
  } else {
    to.copy_(gradient);
  }
  taken_[i] = true;
  gradient.reset();
}

void Segment::start_reduction() {
  const at::NoGradGuard no_grad;
  if (!gradient_.defined()) gradient_ = pooled(buffers_, whole_.numel(), gradient_options());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!taken_[i]) slice(gradient_, i).zero_();
  }
  const auto used = offsets_.back() + parameters_.back().numel();
  gradient_.narrow(0, used, gradient_.numel() - used).zero_();
  reduced_ = at::empty({part_.numel()}, gradient_options());
  reduction_ = groups_.reduce.reduce_scatter(reduced_, gradient_);
}

void Segment::finish_reduction() {
  const at::NoGradGuard no_grad;
  reduction_.wait();
  gradient_.reset();
  taken_.assign(taken_.size(), false);
  auto sharing = groups_.reduce.size();
  if (groups_.replicas) {
    groups_.replicas->all_reduce(reduced_).wait();
    sharing *= groups_.replicas->size();
  }
  reduced_ = reduced_.to(part_.options());
  reduced_.div_(sharing);
  if (precision_.round_gradients) reduced_ = reduced_.to(whole_.dtype()).to(part_.dtype());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    pieces_[i].mutable_grad() = reduced_.narrow(0, pieces_[i].storage_offset(), pieces_[i].numel());
  }
  reduced_.reset();
}

}  // namespace fts::shard
