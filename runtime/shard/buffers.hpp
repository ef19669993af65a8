// Memory for whole units, given back and taken again all the time: freed memory is kept for the next unit, since pages
// that the system has taken back cost more than the copy into them. Any thread may take and give: a backend's gives
// back what it held last.
#pragma once
#include <cstddef>
#include <mutex>
#include <vector>

#include <c10/core/Allocator.h>
#include <c10/core/Device.h>

namespace fts::shard {

class Buffers {
 public:
  explicit Buffers(c10::Device device);

  // At least `bytes`, uninitialised.
  [[nodiscard]] c10::DataPtr take(std::size_t bytes);
  // Takes back what take(bytes) gave. At most as much is kept as has been out at once.
  void give(c10::DataPtr memory);
  // Gives what is kept back to the allocator.
  void release();

  // Bytes: in use now, the most at once.
  [[nodiscard]] std::size_t in_use() const;
  [[nodiscard]] std::size_t peak() const;

 private:
  struct Block {
    c10::DataPtr memory;
    std::size_t bytes;
  };
  [[nodiscard]] std::size_t kept() const;
  std::size_t forget(const void* memory);

  c10::Allocator* allocator_;
  std::vector<Block> free_;
  std::vector<std::pair<const void*, std::size_t>> out_;
  std::size_t in_use_ = 0;
  std::size_t peak_ = 0;
  mutable std::mutex mutex_;
};

}  // namespace fts::shard
