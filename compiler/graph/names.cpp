#include "compiler/graph/names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "compiler/graph/param_graph.hpp"

namespace fts::graph {

namespace {

constexpr std::array<std::string_view, 14> kBuffers = {"running_mean",        "running_var",
                                                       "num_batches_tracked", "inv_freq",
                                                       "original_inv_freq",   "position_ids",
                                                       "token_type_ids",      "freqs_cis",
                                                       "cos_cached",          "sin_cached",
                                                       "masked_bias",         "relative_position_index",
                                                       "attn_mask",           "e_score_correction_bias"};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

// The high bit of each byte that is zero, and no other bit.
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return ~(((word & ~kHighs) + ~kHighs) | word | ~kHighs); }

// What is wrong with a name, found eight bytes at a time, for a model has millions of names.
struct Scan {
  bool control = false;
  bool empty_piece = false;
  std::size_t dots = 0;
};

Scan scan(std::string_view name) {
  Scan found;
  std::uint64_t dot_before = 0x80;  // a name that begins with a dot begins with an empty piece
  std::uint64_t controls = 0;
  std::uint64_t twice = 0;
  const auto take = [&](std::uint64_t word) {
    controls |= zero_bytes(word & (kOnes * 0xe0)) | zero_bytes(word ^ (kOnes * 0x7f));
    const std::uint64_t dots = zero_bytes(word ^ (kOnes * '.'));
    twice |= dots & (dots << 8 | dot_before);
    dot_before = dots >> 56;
    found.dots += ((dots >> 7) * kOnes) >> 56;
  };
  std::size_t at = 0;
  std::uint64_t word = 0;
  for (; at + 8 <= name.size(); at += 8) {
    std::memcpy(&word, name.data() + at, 8);
    take(word);
  }
  word = kOnes * 'a';
  std::memcpy(&word, name.data() + at, name.size() - at);
  take(word);
  found.control = controls != 0;
  found.empty_piece = twice != 0 || name.ends_with('.');
  return found;
}

}  // namespace

std::string name_fault(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > kMaxNameBytes) return "it has more than " + std::to_string(kMaxNameBytes) + " bytes";
  const Scan found = scan(name);
  if (found.control) return "it has a control character";
  if (found.empty_piece) return "it has an empty piece between dots";
  if (found.dots >= kMaxNamePieces) return "it has more than " + std::to_string(kMaxNamePieces) + " pieces";
  return {};
}

std::string quote_name(std::string_view name) {
  constexpr std::size_t kShown = 100;
  std::string text(name.substr(0, kShown));
  if (name.size() > kShown) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
    if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.pop_back();
    text += "…";
  }
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return "'" + text + "'";
}

bool is_usual_buffer(std::string_view name, int rank) {
  const auto dot = name.rfind('.');
  const auto leaf = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (std::find(kBuffers.begin(), kBuffers.end(), leaf) != kBuffers.end()) return true;
  return leaf == "bias" && rank == 4;
}

}  // namespace fts::graph
