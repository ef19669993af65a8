#include "runtime/comm/exchange.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/comm/group.hpp"
#include "runtime/comm/heartbeat.hpp"

namespace fts::comm {

namespace {
// So long a rank may be busy before its heartbeat is looked at.
constexpr std::chrono::milliseconds kBusy{2000};
}  // namespace

Exchange::Exchange(c10::intrusive_ptr<c10d::Store> store, std::string name, int rank, int size)
    : store_(std::move(store)), name_(std::move(name)), rank_(rank), size_(size) {}

std::string Exchange::key(std::int64_t number, int rank) const {
  return fmt::format("exchange/{}/{}/{}", name_, number, rank);
}

// Who has all answers of an exchange has read those of the one before, and so has everybody whose answer is here.
std::vector<std::string> Exchange::operator()(const std::string& text, std::chrono::milliseconds timeout) {
  std::vector<std::string> all;
  try {
    store_->set(key(number_, rank_), std::vector<std::uint8_t>(text.begin(), text.end()));
    for (int rank = 0; rank < size_; ++rank) all.push_back(hear(rank, timeout));
    if (number_ > 0) store_->deleteKey(key(number_ - 1, rank_));
  } catch (const CollectiveFailed&) {
    throw;
  } catch (const std::exception& e) {
    throw CollectiveFailed(fmt::format("the store does not answer: {}", e.what()));
  }
  ++number_;
  return all;
}

std::string Exchange::hear(int rank, std::chrono::milliseconds timeout) {
  const auto own = key(number_, rank);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!store_->check({own})) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) throw CollectiveFailed(fmt::format("rank {} says nothing", rank));
    try {
      store_->wait({own}, std::min(kBusy, left));
    } catch (const std::exception&) {
      if (!without_heartbeat(*store_, {rank}).empty() && !store_->check({own}))
        throw CollectiveFailed(fmt::format("rank {} is gone", rank));
    }
  }
  const auto said = store_->get(own);
  return {said.begin(), said.end()};
}

}  // namespace fts::comm
