// How a group's backend is made. Private to the stage.
#pragma once
#include <chrono>
#include <string>

#include <c10/core/Device.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace fts::comm {

struct BackendRequest {
  c10::intrusive_ptr<c10d::Store> store;  // its keys are the group's own
  int rank = 0;
  int size = 1;
  std::string address;  // where the ranks meet
  std::chrono::milliseconds timeout{};
  c10::Device device = c10::Device(c10::kCPU);
};

// Gloo for the CPU, through the network interface that leads to the address; GLOO_SOCKET_IFNAME picks another.
[[nodiscard]] c10::intrusive_ptr<c10d::Backend> make_gloo(const BackendRequest& request);

// NCCL for CUDA, from its module (libfts_nccl.so beside this library, or FTS_NCCL_MODULE); loaded when there is a CUDA
// device. Null: no module, or no device.
using MakeBackend = c10::intrusive_ptr<c10d::Backend> (*)(const BackendRequest& request);
[[nodiscard]] MakeBackend nccl_module();

}  // namespace fts::comm
