// Worlds of fewer processes than a test has, for runs that go on in another number.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "runtime/comm/world.hpp"

namespace fts::test {

inline int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

// A world of the first `size` ranks; null for the others.
inline std::shared_ptr<World> first_ranks(World& world, int size) {
  const auto port = std::stoi(world.exchange(std::to_string(free_port())).front());
  if (world.rank() >= size) return nullptr;
  comm::Rendezvous rendezvous;
  rendezvous.rank = world.rank();
  rendezvous.size = size;
  rendezvous.address = "127.0.0.1";
  rendezvous.port = static_cast<std::uint16_t>(port);
  return World::join(rendezvous).value();
}

}  // namespace fts::test
