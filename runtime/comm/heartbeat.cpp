#include "runtime/comm/heartbeat.hpp"

#include <chrono>
#include <map>

#include <fmt/format.h>

namespace fts::comm {

namespace {

constexpr std::chrono::milliseconds kInterval{250};
constexpr std::chrono::seconds kPatience{4};

std::string key_of(int rank) { return fmt::format("beat/{}", rank); }

}  // namespace

Heartbeat::Heartbeat(c10::intrusive_ptr<c10d::Store> store, int rank)
    : store_(std::move(store)), rank_(rank), thread_([this] { run(); }) {}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    try {
      store_->add(key_of(rank_), 1);
    } catch (const std::exception&) {
      return;  // the store is gone; the next collective says so
    }
    wake_.wait_for(lock, kInterval, [this] { return stop_; });
  }
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
