// Tells the difference between two lists of named tensors: what bind and the safetensors loader have in common.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "compiler/base/diagnostic.hpp"

namespace fts::bind {

// The prefix that, put before every name of `actual`, would give the names of `wanted` (or taken from them, with
// `remove`); empty if there is none. Only when no name is in both.
struct Prefix {
  std::string text;
  bool remove = false;
};
[[nodiscard]] Prefix common_prefix(const std::vector<std::string_view>& wanted,
                                   const std::vector<std::string_view>& actual);

// At most this many notes of one kind are given; the rest is counted.
inline constexpr std::size_t kMostNotes = 12;

// Collects notes kind by kind, so that thousands of names of one fault do not hide another fault.
class NoteList {
 public:
  void add(std::string note);
  // Appends what was collected since the last call; `rest` completes "… and 42 more ".
  void flush(std::vector<Note>& into, std::string_view rest);
  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  std::vector<std::string> notes_;
  std::size_t dropped_ = 0;
  std::size_t total_ = 0;
};

// "name" in quotes, with ", did you mean 'x'?" where a candidate is near.
[[nodiscard]] std::string with_suggestion(std::string_view name, const std::vector<std::string_view>& candidates);

// "2x3" for a shape, "scalar" for none.
[[nodiscard]] std::string shape_text(at::IntArrayRef shape);

}  // namespace fts::bind
