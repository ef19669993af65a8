#include "compiler/resolve/indices.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <re2/re2.h>

namespace fts::resolve {

namespace {

constexpr std::string_view kNumberGroup = "(0|[1-9][0-9]*)";

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// The longest text that each matching name holds, so that few names are left to the regex.
std::string_view longest_literal(const std::vector<IndexPiece>& pieces) {
  std::string_view longest;
  for (const IndexPiece& piece : pieces) {
    if (piece.index) continue;
    std::string_view left = piece.glob.text;
    const bool has_choice = left.find_first_of("[{") != std::string_view::npos;
    while (!piece.glob.literal && !left.empty() && !has_choice) {
      const auto end = std::min(left.find_first_of("*?"), left.size());
      if (end > longest.size()) longest = left.substr(0, end);
      left.remove_prefix(std::min(end + 1, left.size()));
    }
    if (piece.glob.literal && left.size() > longest.size()) longest = left;
  }
  // `a.**.b` matches "a.b": the dots beside `**` need not be there twice.
  while (longest.starts_with('.')) longest.remove_prefix(1);
  while (longest.ends_with('.')) longest.remove_suffix(1);
  return longest;
}

// The numbers of one match as a tuple; false where one is too large or stands for two numbers.
bool tuple_of(const std::vector<std::string_view>& texts, const std::vector<std::size_t>& order, IndexTuple& tuple) {
  std::fill(tuple.begin(), tuple.end(), -1);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::int64_t value = 0;
    const auto [at, code] = std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), value);
    std::int64_t& known = tuple[order[i]];
    if (code != std::errc{} || (known != -1 && known != value)) return false;
    known = value;
  }
  return true;
}

}  // namespace

std::optional<std::set<IndexTuple>> indices_in(const std::vector<std::string_view>& names,
                                               const std::vector<IndexPiece>& pieces, std::size_t indices) {
  std::vector<GlobPiece> globs;
  std::vector<std::size_t> order;  // of the holes
  for (const IndexPiece& piece : pieces) {
    globs.push_back(piece.index ? GlobPiece{std::string(1, kAnyNumber), true} : piece.glob);
    if (piece.index) order.push_back(*piece.index);
  }
  const auto pattern = pattern_of_string(globs);
  if (!pattern) return std::nullopt;
  const re2::RE2 regex(replace_all(pattern->text, kAnyNumberRegex, kNumberGroup), re2::RE2::Quiet);
  if (!regex.ok()) return std::nullopt;
  const std::string_view literal = longest_literal(pieces);
  std::set<IndexTuple> found;
  std::vector<re2::StringPiece> groups(order.size() + 1);
  std::vector<std::string_view> texts(order.size());
  IndexTuple tuple(indices);
  for (const std::string_view name : names) {
    if (name.find(literal) == std::string_view::npos) continue;
    if (!regex.Match(name, 0, name.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size())))
      continue;
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = {groups[i + 1].data(), groups[i + 1].size()};
    if (tuple_of(texts, order, tuple)) found.insert(tuple);
  }
  return found;
}

}  // namespace fts::resolve
