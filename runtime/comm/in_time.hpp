// Questions to a store that may be out of reach.
#pragma once
#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace fts::comm {

// Longer than a store in reach takes, and longer than a rank may be silent.
inline constexpr std::chrono::milliseconds kStoreAnswers{8000};

// The future of what `ask` returns or throws; invalid: there was no answer within `patience`. A call into a store
// cannot be broken off: it is left behind, in a thread of its own, so that `ask` owns all that it uses.
template <class Ask>
[[nodiscard]] auto in_time(Ask ask, std::chrono::milliseconds patience) {
  std::packaged_task<decltype(ask())()> asking(std::move(ask));
  auto answer = asking.get_future();
  std::thread(std::move(asking)).detach();
  if (answer.wait_for(patience) == std::future_status::timeout) answer = {};
  return answer;
}

}  // namespace fts::comm
