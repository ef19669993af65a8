// A sign of life in the store, several times a second, from a thread of its own: a rank that computes, or that waits in
// a collective, is told from one that is gone.
#pragma once
#include <future>
#include <vector>

#include <torch/csrc/distributed/c10d/Store.hpp>

namespace fts::comm {

class Heartbeat {
 public:
  // `store` is this thread's own connection.
  Heartbeat(c10::intrusive_ptr<c10d::Store> store, int rank);
  // Does not wait for a store that does not answer.
  ~Heartbeat();

 private:
  std::promise<void> stop_;
  std::future<void> ended_;
};

// Those of the ranks that give no sign of life for some seconds. Throws where the store is gone; where it cannot be
// reached it may never return.
[[nodiscard]] std::vector<int> without_heartbeat(c10d::Store& store, std::vector<int> ranks);

}  // namespace fts::comm
