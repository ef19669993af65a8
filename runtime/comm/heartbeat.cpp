#include "runtime/comm/heartbeat.hpp"

#include <chrono>
#include <map>
#include <thread>

#include <fmt/format.h>

namespace fts::comm {

namespace {

constexpr std::chrono::milliseconds kInterval{250};
constexpr std::chrono::seconds kPatience{4};

std::string key_of(int rank) { return fmt::format("beat/{}", rank); }

}  // namespace

// Has no part of the object: a call into a store that is out of reach cannot be broken off.
Heartbeat::Heartbeat(c10::intrusive_ptr<c10d::Store> store, int rank) {
  std::packaged_task<void()> beat([store = std::move(store), rank, stop = stop_.get_future()] {
    try {
      do {
        store->add(key_of(rank), 1);
      } while (stop.wait_for(kInterval) == std::future_status::timeout);
    } catch (const std::exception&) {
      // The store is gone; the next collective says so.
    }
  });
  ended_ = beat.get_future();
  std::thread(std::move(beat)).detach();
}

Heartbeat::~Heartbeat() {
  stop_.set_value();
  ended_.wait_for(kPatience);
}

std::vector<int> without_heartbeat(c10d::Store& store, std::vector<int> ranks) {
  std::map<int, std::int64_t> first;
  for (const int rank : ranks) first[rank] = store.add(key_of(rank), 0);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!ranks.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kInterval / 2);
    std::erase_if(ranks, [&](int rank) { return store.add(key_of(rank), 0) != first[rank]; });
  }
  return ranks;
}

}  // namespace fts::comm
