#include "runtime/comm/exchange.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/comm/group.hpp"
#include "runtime/comm/heartbeat.hpp"
#include "runtime/comm/in_time.hpp"

namespace fts::comm {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBusy{2000};  // a rank may be, before its heartbeat is looked at
constexpr int kSilent = 2;           // looks in a row that find no sign of life

// What the store answers.
template <class Ask>
auto answer(Ask ask, milliseconds patience = kStoreAnswers) {
  auto result = in_time(std::move(ask), patience);
  if (!result.valid()) throw CollectiveFailed("the store is out of reach");
  return result.get();
}

}  // namespace

Exchange::Exchange(c10::intrusive_ptr<c10d::Store> store, std::string name, int rank, int size)
    : store_(std::move(store)), name_(std::move(name)), rank_(rank), size_(size) {}

std::string Exchange::key(std::int64_t number, int rank) const {
  return fmt::format("exchange/{}/{}/{}", name_, number, rank);
}

// Who has all answers of an exchange has read those of the one before, and so has everybody whose answer is here.
std::vector<std::string> Exchange::operator()(const std::string& text, milliseconds timeout,
                                              const WhileWaiting& while_waiting) {
  std::vector<std::string> all;
  try {
    answer([store = store_, own = key(number_, rank_), bytes = std::vector<std::uint8_t>(text.begin(), text.end())] {
      store->set(own, bytes);
    });
    for (int rank = 0; rank < size_; ++rank) all.push_back(hear(rank, timeout, while_waiting));
    if (number_ > 0) answer([store = store_, before = key(number_ - 1, rank_)] { store->deleteKey(before); });
  } catch (const CollectiveFailed&) {
    throw;
  } catch (const Diverged&) {
    throw;
  } catch (const std::exception& e) {
    throw CollectiveFailed(fmt::format("the store does not answer: {}", e.what()));
  }
  ++number_;
  return all;
}

std::string Exchange::hear(int rank, milliseconds timeout, const WhileWaiting& while_waiting) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (int silent = 0;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) throw CollectiveFailed(fmt::format("rank {} says nothing", rank));
    const auto wait = std::min(kBusy, left);
    const auto said = answer(
        [store = store_, own = key(number_, rank), wait]() -> std::optional<std::vector<std::uint8_t>> {
          try {
            store->wait({own}, wait);
          } catch (const std::exception&) {
            if (!store->check({own})) return std::nullopt;
          }
          return store->get(own);
        },
        wait + kStoreAnswers);
    if (said) return {said->begin(), said->end()};
    if (while_waiting) while_waiting(number_);
    const bool lives =
        answer([store = store_, rank] { return without_heartbeat(*store, {rank}).empty(); }, 2 * kStoreAnswers);
    silent = lives ? 0 : silent + 1;
    if (silent == kSilent) throw CollectiveFailed(fmt::format("rank {} is gone", rank));
  }
}

}  // namespace fts::comm
