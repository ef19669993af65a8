#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "runtime/comm/backend.hpp"

namespace fts::comm {

namespace {

// This host's address on the way to another one; empty: there is no way. A datagram socket that is connected knows it
// without sending anything.
std::string own_address_towards(const std::string& host) {
  addrinfo* found = nullptr;
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(host.c_str(), "1", &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  std::string address;
  const int fd = ::socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  char text[NI_MAXHOST] = {};
  if (::connect(fd, list->ai_addr, list->ai_addrlen) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
      ::getnameinfo(reinterpret_cast<sockaddr*>(&own), size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
    address = text;
  ::close(fd);
  return address;
}

}  // namespace

c10::intrusive_ptr<c10d::Backend> make_gloo(const BackendRequest& request) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(request.timeout);
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  const auto own = own_address_towards(request.address);
  options->devices.push_back(interface != nullptr ? Gloo::createDeviceForInterface(interface)
                             : own.empty()        ? Gloo::createDefaultDevice()
                                                  : Gloo::createDeviceForHostname(own));
  return c10::make_intrusive<Gloo>(request.store, request.rank, request.size, options);
}

}  // namespace fts::comm
