// A set of small indices as a bit a member: parameters or modules of one graph.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fts::resolve {

class Set {
 public:
  Set() = default;
  explicit Set(std::size_t universe, bool full = false)
      : size_(universe), words_((universe + 63) / 64, full ? ~std::uint64_t{0} : 0) {
    if (full && universe % 64 != 0) words_.back() = (std::uint64_t{1} << (universe % 64)) - 1;
  }

  [[nodiscard]] std::size_t universe() const { return size_; }
  [[nodiscard]] bool contains(std::size_t i) const { return (words_[i / 64] >> (i % 64)) & 1; }
  void insert(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }

  [[nodiscard]] std::size_t count() const {
    std::size_t n = 0;
    for (const auto w : words_) n += static_cast<std::size_t>(std::popcount(w));
    return n;
  }
  [[nodiscard]] bool empty() const {
    for (const auto w : words_) {
      if (w != 0) return false;
    }
    return true;
  }

  Set& operator|=(const Set& o) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= o.words_[i];
    return *this;
  }
  Set& operator&=(const Set& o) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= o.words_[i];
    return *this;
  }
  Set& operator-=(const Set& o) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~o.words_[i];
    return *this;
  }
  friend Set operator|(Set a, const Set& b) { return a |= b; }
  friend Set operator&(Set a, const Set& b) { return a &= b; }
  friend Set operator-(Set a, const Set& b) { return a -= b; }
  friend bool operator==(const Set&, const Set&) = default;

  // The members, ascending.
  [[nodiscard]] std::vector<std::uint32_t> members() const {
    std::vector<std::uint32_t> all;
    all.reserve(count());
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (auto bits = words_[w]; bits != 0; bits &= bits - 1) {
        all.push_back(static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
      }
    }
    return all;
  }

 private:
  std::size_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace fts::resolve
