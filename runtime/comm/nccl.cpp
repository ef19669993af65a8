// NCCL's backend, a module of its own: the only file that sees CUDA. Loaded by nccl_module() where there is a device.
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "runtime/comm/backend.hpp"

extern "C" __attribute__((visibility("default"))) c10::intrusive_ptr<c10d::Backend> fts_make_nccl(
    const fts::comm::BackendRequest& request) {
  using Nccl = c10d::ProcessGroupNCCL;
  auto options = Nccl::Options::create();
  options->timeout = request.timeout;
  auto backend = c10::make_intrusive<Nccl>(request.store, request.rank, request.size, options);
  backend->eagerConnectSingleDevice(request.device);
  return backend;
}
