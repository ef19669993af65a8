#include "runtime/shard/buffers.hpp"

#include <algorithm>

#include "compiler/base/error.hpp"

namespace fts::shard {

Buffers::Buffers(c10::Device device) : allocator_(c10::GetAllocator(device.type())) {}

c10::DataPtr Buffers::take(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  // The smallest that is large enough and not so large that much of it lies idle.
  auto best = free_.end();
  for (auto block = free_.begin(); block != free_.end(); ++block) {
    const bool fits = block->bytes >= bytes && block->bytes <= bytes + bytes / 4;
    if (fits && (best == free_.end() || block->bytes < best->bytes)) best = block;
  }
  std::size_t size = bytes;
  c10::DataPtr memory;
  if (best != free_.end()) {
    size = best->bytes;
    memory = std::move(best->memory);
    free_.erase(best);
  } else {
    // What does not fit makes room, so that kept and used memory together stay within the peak.
    while (!free_.empty() && in_use_ + kept() + bytes > peak_) free_.erase(free_.begin());
    memory = allocator_->allocate(bytes);
  }
  out_.emplace_back(memory.get(), size);
  in_use_ += size;
  peak_ = std::max(peak_, in_use_);
  return memory;
}

std::size_t Buffers::forget(const void* memory) {
  const auto found = std::find_if(out_.begin(), out_.end(), [&](const auto& block) { return block.first == memory; });
  FTS_CHECK(found != out_.end());
  const auto bytes = found->second;
  out_.erase(found);
  return bytes;
}

void Buffers::give(c10::DataPtr memory) {
  const std::lock_guard lock(mutex_);
  const auto bytes = forget(memory.get());
  in_use_ -= bytes;
  free_.push_back({std::move(memory), bytes});
}

void Buffers::release() {
  const std::lock_guard lock(mutex_);
  free_.clear();
}

std::size_t Buffers::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

std::size_t Buffers::peak() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

std::size_t Buffers::kept() const {
  std::size_t bytes = 0;
  for (const auto& block : free_) bytes += block.bytes;
  return bytes;
}

}  // namespace fts::shard
