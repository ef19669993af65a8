// Compact containers of the graph: an arena of names and an open-addressing index from a name to its number.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "compiler/base/error.hpp"
#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

// Where a name lies in an arena. A part of a name is a name too: implied modules share their parameter's bytes.
struct NameRef {
  std::uint32_t offset = 0;
  std::uint16_t size = 0;
};

// Names one after another in blocks that never move, so that views stay valid. At most 4 GiB.
class NameArena {
 public:
  NameRef add(std::string_view text) {
    FTS_CHECK(text.size() <= kMaxNameBytes);
    if (blocks_.empty() || used_ + text.size() > kBlock) {
      FTS_CHECK(blocks_.size() < (std::size_t{1} << 32) / kBlock);
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlock));
      used_ = 0;
    }
    std::memcpy(blocks_.back().get() + used_, text.data(), text.size());
    const NameRef ref{static_cast<std::uint32_t>((blocks_.size() - 1) * kBlock + used_),
                      static_cast<std::uint16_t>(text.size())};
    used_ += text.size();
    return ref;
  }
  [[nodiscard]] std::string_view get(NameRef ref) const {
    if (ref.size == 0) return {};
    return {blocks_[ref.offset / kBlock].get() + ref.offset % kBlock, ref.size};
  }
  [[nodiscard]] std::size_t memory() const { return blocks_.size() * kBlock; }

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 18;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t used_ = 0;
};

// The hash of the index: XXH3 with a seed drawn once a process, so that no file can be made to collide.
[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes);

// Hash to id with linear probing. A slot holds 32 bits of the hash beside the id, so that a probe reads no name in
// vain and growing reads none at all; the place is the hash scaled to the size, which may be any number.
class IdIndex {
 public:
  // The id for which `equal(id)` holds among those with this hash, or kNone.
  template <typename Equal>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Equal&& equal) const {
    if (slots_.empty()) return kNone;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t at = place(tag);; at = at + 1 == slots_.size() ? 0 : at + 1) {
      const Slot& slot = slots_[at];
      if (slot.id == kNone) return kNone;
      if (slot.tag == tag && equal(slot.id)) return slot.id;
    }
  }
  // As find(); an id that is not there is put there.
  template <typename Equal>
  [[nodiscard]] std::uint32_t find_or_insert(std::uint64_t hash, std::uint32_t id, Equal&& equal) {
    if ((count_ + 1) * 2 > slots_.size()) resize(slots_.size() * 2 + 64);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    std::size_t at = place(tag);
    for (; slots_[at].id != kNone; at = at + 1 == slots_.size() ? 0 : at + 1) {
      if (slots_[at].tag == tag && equal(slots_[at].id)) return slots_[at].id;
    }
    slots_[at] = {tag, id};
    ++count_;
    return kNone;
  }
  // Fetches what find() will read: of a large index it is far away.
  void expect(std::uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[place(static_cast<std::uint32_t>(hash >> 32))]);
  }
  void reserve(std::size_t ids) {
    if (ids * 2 > slots_.size()) resize(ids * 2);
  }
  // The id must not be in the index yet.
  void insert(std::uint64_t hash, std::uint32_t id) {
    (void)find_or_insert(hash, id, [](std::uint32_t) { return false; });
  }
  [[nodiscard]] std::size_t memory() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t id = kNone;
  };
  [[nodiscard]] std::size_t place(std::uint32_t tag) const {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(tag) * slots_.size()) >> 32);
  }
  void put(Slot slot) {
    std::size_t at = place(slot.tag);
    while (slots_[at].id != kNone) at = at + 1 == slots_.size() ? 0 : at + 1;
    slots_[at] = slot;
  }
  void resize(std::size_t size) {
    std::vector<Slot> old(size);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.id != kNone) put(slot);
    }
  }
  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace fts::graph
