// Names for phases: FTS has only numbers, and a name says more.
#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "compiler/interop/phases.hpp"

namespace fts::interop {

namespace {

constexpr std::size_t kLongest = 40;

// The pieces between the dots outside of brackets.
std::vector<std::string> pieces_of(const std::string& entry) {
  std::vector<std::string> pieces(1);
  int depth = 0;
  for (const char c : entry) {
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == '.' && depth == 0)
      pieces.emplace_back();
    else if (c != '\\' && c != '^' && c != '$')
      pieces.back() += c;
  }
  return pieces;
}

bool is_word(const std::string& text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

// "11" of "11", "6_to_9" of "[6-9]", "10_11" of "(10|11)"; empty: too complicated for a name.
std::string index_words(const std::string& piece) {
  if (piece.find_first_not_of("0123456789") == std::string::npos) return piece;
  const std::string inner = piece.substr(1, piece.size() - 2);
  const auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  if (piece.front() == '[' && inner.size() == 3 && digit(inner[0]) && inner[1] == '-' && digit(inner[2]))
    return fmt::format("{}_to_{}", inner[0], inner[2]);
  if (piece.front() != '(' || inner.find_first_not_of("0123456789|") != std::string::npos) return {};
  std::string words = inner;
  std::replace(words.begin(), words.end(), '|', '_');
  return words;
}

// What one entry names: its last word that says something, with the index behind it.
std::string subject(const std::string& entry) {
  std::string word;
  for (const auto& piece : pieces_of(entry)) {
    if (piece.empty() || piece == "weight" || piece == "bias" || piece == "*") continue;
    if (is_word(piece)) {
      word = piece;
    } else if (!word.empty() &&
               (std::isdigit(static_cast<unsigned char>(piece[0])) != 0 || piece[0] == '[' || piece[0] == '(')) {
      const auto index = index_words(piece);
      if (!index.empty() && std::isdigit(static_cast<unsigned char>(word.back())) == 0) word += "_" + index;
      break;
    } else {
      break;
    }
  }
  return word;
}

}  // namespace

std::vector<std::string> phase_names(const std::vector<std::vector<std::string>>& entries) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::vector<std::string> subjects;
    for (const auto& entry : entries[i]) {
      const auto s = subject(entry);
      if (!s.empty() && std::find(subjects.begin(), subjects.end(), s) == subjects.end()) subjects.push_back(s);
    }
    std::string name = subjects.empty() ? fmt::format("phase_{}", i) : subjects[0];
    if (subjects.size() == 2) name += "_" + subjects[1];
    if (subjects.size() > 2) name += "_and_more";
    if (name.size() > kLongest) name = fmt::format("phase_{}", i);
    if (!taken.insert(name).second) taken.insert(name += fmt::format("_{}", i));
    names.push_back(name);
  }
  return names;
}

}  // namespace fts::interop
