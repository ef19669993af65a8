// Work on a large model that goes on beside other work.
#pragma once
#include <cstddef>
#include <future>
#include <utility>

namespace fts {

// `work` on a thread of its own where it goes through so many names that one is worth it, else when its result is asked
// for. What it uses must last until then. get() throws what it throws.
template <class Work>
[[nodiscard]] std::future<void> beside(std::size_t names, Work work) {
  constexpr std::size_t kWorthAThread = 10'000;
  return std::async(names >= kWorthAThread ? std::launch::async : std::launch::deferred, std::move(work));
}

}  // namespace fts
