#include "runtime/comm/group.hpp"

#include "compiler/base/error.hpp"

namespace fts::comm {

namespace {

// c10d's backends throw c10::Error, Gloo its own exceptions.
template <class Body>
auto collective(Body&& body) {
  try {
    return body();
  } catch (const c10::Error& e) {
    throw CollectiveFailed(e.what_without_backtrace());
  } catch (const std::exception& e) {
    throw CollectiveFailed(e.what());
  }
}

Pending reduce(c10d::Backend& backend, const at::Tensor& tensor, c10d::ReduceOp::RedOpType operation) {
  return collective([&] {
    c10d::AllreduceOptions options;
    options.reduceOp = operation;
    std::vector<at::Tensor> tensors{tensor};
    return Pending(backend.allreduce(tensors, options));
  });
}

}  // namespace

Pending::Pending(c10::intrusive_ptr<c10d::Work> work) : work_(std::move(work)) {}

void Pending::wait() {
  if (!work_.defined()) return;
  const auto work = std::exchange(work_, {});
  collective([&] { return work->wait(); });
}

bool Pending::wait_for(std::chrono::milliseconds patience) {
  if (work_.defined() && !work_->isCompleted()) {
    try {
      work_->wait(patience);
    } catch (const std::exception&) {  // wait() tells of a failure
      if (!work_->isCompleted()) return false;
    }
  }
  wait();
  return true;
}

Group::Group(std::string name, std::vector<int> ranks, c10::intrusive_ptr<c10d::Backend> backend)
    : name_(std::move(name)), ranks_(std::move(ranks)), backend_(std::move(backend)) {
  FTS_CHECK(backend_->getSize() == size());
}

int Group::rank() const { return backend_->getRank(); }

Pending Group::all_gather(const at::Tensor& out, const at::Tensor& in) const {
  FTS_CHECK(out.numel() == in.numel() * size());
  auto output = out;
  auto input = in;
  return collective([&] { return Pending(backend_->all_gather_single(output, input)); });
}

Pending Group::reduce_scatter(const at::Tensor& out, const at::Tensor& in) const {
  FTS_CHECK(in.numel() == out.numel() * size());
  auto output = out;
  auto input = in;
  return collective([&] { return Pending(backend_->reduce_scatter_single(output, input)); });
}

Pending Group::all_reduce(const at::Tensor& tensor) const { return reduce(*backend_, tensor, c10d::ReduceOp::SUM); }

Pending Group::all_reduce_max(const at::Tensor& tensor) const { return reduce(*backend_, tensor, c10d::ReduceOp::MAX); }

Pending Group::broadcast(const at::Tensor& tensor, int root) const {
  c10d::BroadcastOptions options;
  options.rootRank = root;
  std::vector<at::Tensor> tensors{tensor};
  return collective([&] { return Pending(backend_->broadcast(tensors, options)); });
}

void Group::barrier() const {
  collective([&] { return Pending(backend_->barrier(c10d::BarrierOptions())); }).wait();
}

}  // namespace fts::comm
