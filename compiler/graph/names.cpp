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

constexpr const char* kEmptyPiece = "it has an empty piece between dots";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Eight bytes at a time, for a model has millions of names: the high bit of each byte below 0x20 (or equal to 0x7f,
// which is 0 after the exclusive or) is set by the subtraction, as far as no carry from a byte before sets it too; then
// the bytes are looked at one by one.
bool has_control(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    const std::uint64_t suspects = ((word - kOnes * 0x20) & ~word) | ((del - kOnes) & ~del);
    if ((suspects & kHighs) != 0 && std::any_of(text.begin() + at, text.begin() + at + 8, is_control)) return true;
  }
  return std::any_of(text.begin() + at, text.end(), is_control);
}

}  // namespace

std::string name_fault(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > kMaxNameBytes) return "it has more than " + std::to_string(kMaxNameBytes) + " bytes";
  if (has_control(name)) return "it has a control character";
  std::size_t pieces = 1;
  std::size_t begin = 0;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', begin)) {
    if (dot == begin) return kEmptyPiece;
    begin = dot + 1;
    ++pieces;
  }
  if (begin == name.size()) return kEmptyPiece;
  if (pieces > kMaxNamePieces) return "it has more than " + std::to_string(kMaxNamePieces) + " pieces";
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
