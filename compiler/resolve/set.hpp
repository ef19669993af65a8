// A set of small indices: parameters or modules of one graph. A bit a member in blocks of 4,096; a block without
// members takes no memory, so that thousands of sets over a million names are small.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fts::resolve {

class Set {
 public:
  Set() = default;
  explicit Set(std::size_t universe, bool full = false)
      : size_(universe), blocks_((universe + kBlockBits - 1) / kBlockBits, kNoBlock) {
    if (full) insert_range(0, universe);
  }

  [[nodiscard]] std::size_t universe() const { return size_; }
  [[nodiscard]] bool contains(std::size_t i) const {
    const std::uint32_t block = blocks_[i / kBlockBits];
    return block != kNoBlock && ((words_[block * kBlockWords + i % kBlockBits / 64] >> (i % 64)) & 1) != 0;
  }
  void insert(std::size_t i) { block(i / kBlockBits)[i % kBlockBits / 64] |= std::uint64_t{1} << (i % 64); }
  // [begin, end)
  void insert_range(std::size_t begin, std::size_t end) {
    while (begin < end) {
      const std::size_t stop = std::min(end, (begin / 64 + 1) * 64);
      const std::uint64_t ones = stop - begin == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (stop - begin)) - 1;
      block(begin / kBlockBits)[begin % kBlockBits / 64] |= ones << (begin % 64);
      begin = stop;
    }
  }

  [[nodiscard]] std::size_t count() const {
    std::size_t n = 0;
    for (const auto w : words_) n += static_cast<std::size_t>(std::popcount(w));
    return n;
  }
  [[nodiscard]] bool empty() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t w) { return w == 0; });
  }

  Set& operator|=(const Set& o) {
    return combine(o, [](std::uint64_t a, std::uint64_t b) { return a | b; });
  }
  Set& operator-=(const Set& o) {
    return combine(o, [](std::uint64_t a, std::uint64_t b) { return a & ~b; });
  }
  Set& operator&=(const Set& o) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (blocks_[i] == kNoBlock) continue;
      std::uint64_t* const mine = block(i);
      for (std::size_t w = 0; w < kBlockWords; ++w) mine[w] &= o.word(i, w);
    }
    return *this;
  }
  friend Set operator|(Set a, const Set& b) { return a |= b; }
  friend Set operator&(Set a, const Set& b) { return a &= b; }
  friend Set operator-(Set a, const Set& b) { return a -= b; }
  friend bool operator==(const Set& a, const Set& b) { return a.size_ == b.size_ && a.members() == b.members(); }

  // The members, ascending.
  [[nodiscard]] std::vector<std::uint32_t> members() const {
    std::vector<std::uint32_t> all;
    all.reserve(count());
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      for (std::size_t w = 0; blocks_[i] != kNoBlock && w < kBlockWords; ++w) {
        for (auto bits = word(i, w); bits != 0; bits &= bits - 1) {
          const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
          all.push_back(static_cast<std::uint32_t>(i * kBlockBits + w * 64 + bit));
        }
      }
    }
    return all;
  }

 private:
  static constexpr std::size_t kBlockBits = 4096;
  static constexpr std::size_t kBlockWords = kBlockBits / 64;
  static constexpr std::uint32_t kNoBlock = ~std::uint32_t{0};

  [[nodiscard]] std::uint64_t word(std::size_t i, std::size_t w) const {
    return blocks_[i] == kNoBlock ? 0 : words_[blocks_[i] * kBlockWords + w];
  }
  [[nodiscard]] std::uint64_t* block(std::size_t i) {
    if (blocks_[i] == kNoBlock) {
      blocks_[i] = static_cast<std::uint32_t>(words_.size() / kBlockWords);
      words_.resize(words_.size() + kBlockWords);
    }
    return &words_[blocks_[i] * kBlockWords];
  }
  // Where the other set has no block, nothing changes.
  template <typename Operation>
  Set& combine(const Set& o, Operation operation) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (o.blocks_[i] == kNoBlock) continue;
      std::uint64_t* const mine = block(i);
      for (std::size_t w = 0; w < kBlockWords; ++w) mine[w] = operation(mine[w], o.word(i, w));
    }
    return *this;
  }

  std::size_t size_ = 0;
  std::vector<std::uint32_t> blocks_;  // where each block's words begin, in blocks
  std::vector<std::uint64_t> words_;
};

}  // namespace fts::resolve
