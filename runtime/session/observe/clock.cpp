#include <chrono>

#include "runtime/session/observe/observer.hpp"

namespace fts {

Clock steady_clock() {
  return [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
}

}  // namespace fts
