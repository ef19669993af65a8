// LibTorch's wheel has Gloo inside and leaves its headers out. c10d/ProcessGroupGloo.hpp needs the names below, and the
// layout of rendezvous::Store, to be included; nothing here is ever defined or derived from by this project.
#pragma once
#include <chrono>
#include <memory>

namespace gloo {
class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};
namespace transport {
class Device;
class UnboundBuffer;
}  // namespace transport
}  // namespace gloo
