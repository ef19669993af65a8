// What every rank says, for all to know: through the store, for a few kilobytes now and then.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torch/csrc/distributed/c10d/Store.hpp>

namespace fts::comm {

class Exchange {
 public:
  // For one thread, which has `store` for itself. The ranks' exchanges of one name meet.
  Exchange(c10::intrusive_ptr<c10d::Store> store, std::string name, int rank, int size);

  // Called now and then while ranks are waited for, with the exchange's number. May throw Diverged.
  using WhileWaiting = std::function<void(std::int64_t)>;

  // The texts in the order of ranks. A collective. Throws CollectiveFailed: a rank is gone, or says nothing within
  // `timeout`.
  [[nodiscard]] std::vector<std::string> operator()(const std::string& text, std::chrono::milliseconds timeout,
                                                    const WhileWaiting& while_waiting);

 private:
  [[nodiscard]] std::string key(std::int64_t number, int rank) const;
  [[nodiscard]] std::string hear(int rank, std::chrono::milliseconds timeout, const WhileWaiting& while_waiting);

  c10::intrusive_ptr<c10d::Store> store_;
  std::string name_;
  int rank_;
  int size_;
  std::int64_t number_ = 0;
};

}  // namespace fts::comm
