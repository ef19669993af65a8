#include <cstdlib>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "runtime/comm/backend.hpp"

namespace fts::comm {

c10::intrusive_ptr<c10d::Backend> make_gloo(const BackendRequest& request) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(request.timeout);
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface != nullptr ? Gloo::createDeviceForInterface(interface)
                                                  : Gloo::createDefaultDevice());
  return c10::make_intrusive<Gloo>(request.store, request.rank, request.size, options);
}

}  // namespace fts::comm
