// Globs to regexes.
#include <re2/re2.h>

#include "compiler/resolve/pattern.hpp"

namespace fts::resolve {

namespace {

// One character of a glob; literal ones are never wildcards.
struct Char {
  char c;
  bool literal;
};

class Translator {
 public:
  explicit Translator(const std::vector<GlobPiece>& pieces) {
    for (const auto& piece : pieces) {
      for (const char c : piece.text) chars_.push_back({c, piece.literal});
    }
  }

  tl::expected<Pattern, std::string> run() {
    std::string name;
    bool wild = false;
    for (const auto& [c, literal] : chars_) {
      name += c;
      wild = wild || c == kAnyNumber || (!literal && std::string_view("*?[{").find(c) != std::string_view::npos);
    }
    if (!wild) return Pattern{Pattern::Kind::exact, name};
    if (is_double_star(0) && chars_.size() == 2) return Pattern{Pattern::Kind::glob, "(?s:.*)"};
    while (at_ < chars_.size()) {
      if (auto fault = step(); !fault.empty()) return tl::unexpected(fault);
    }
    if (depth_ != 0) return tl::unexpected(std::string("'{' is not closed"));
    return Pattern{Pattern::Kind::glob, regex_};
  }

 private:
  [[nodiscard]] bool wild(std::size_t i, char c) const {
    return i < chars_.size() && !chars_[i].literal && chars_[i].c == c;
  }
  [[nodiscard]] bool dot(std::size_t i) const { return i < chars_.size() && chars_[i].c == '.'; }
  [[nodiscard]] bool starts_piece(std::size_t i) const { return i == 0 || dot(i - 1); }
  [[nodiscard]] bool ends_piece(std::size_t i) const { return i == chars_.size() || dot(i); }
  // `**` that is a whole piece.
  [[nodiscard]] bool is_double_star(std::size_t i) const {
    return wild(i, '*') && wild(i + 1, '*') && starts_piece(i) && ends_piece(i + 2);
  }

  std::string step() {
    if (is_double_star(at_) && at_ + 2 == chars_.size()) {  // of `**.**`, the second: a name has a piece
      regex_ += "[^.]+(?:\\.[^.]+)*";
      at_ += 2;
      return {};
    }
    if (is_double_star(at_)) {  // at the start of the text, its dot follows
      regex_ += "(?:[^.]+\\.)*";
      at_ += 3;
      return {};
    }
    if (dot(at_) && is_double_star(at_ + 1)) return dotted_double_star();
    const auto [c, literal] = chars_[at_];
    if (c == kAnyNumber) return put(kAnyNumberRegex);
    if (!literal) {
      if (c == '*') return star();
      if (c == '?') return put("[^.]");
      if (c == '[') return char_class();
      if (c == '{') return ++depth_, put("(?:");
      if (c == '}' && depth_ != 0) return --depth_, put(")");
      if (c == ',' && depth_ != 0) return put("|");
    }
    return put(re2::RE2::QuoteMeta(std::string_view(&c, 1)));
  }

  std::string put(std::string_view text) {
    regex_ += text;
    ++at_;
    return {};
  }

  // ".**" at the end: at least one more piece; ".**." inside: zero or more.
  std::string dotted_double_star() {
    const bool last = at_ + 3 == chars_.size();
    regex_ += last ? "(?:\\.[^.]+)+" : "(?:\\.[^.]+)*";
    at_ += 3;
    return {};
  }

  std::string star() {
    if (wild(at_ + 1, '*')) return "'**' must be a whole piece between dots";
    return put(starts_piece(at_) && ends_piece(at_ + 1) ? "[^.]+" : "[^.]*");
  }

  std::string char_class() {
    std::string inside;
    std::size_t i = at_ + 1;
    const bool negated = wild(i, '!') || wild(i, '^');
    if (negated) ++i;
    for (; i < chars_.size() && !wild(i, ']'); ++i) {
      const char c = chars_[i].c;
      inside += wild(i, '-') ? std::string("-") : re2::RE2::QuoteMeta(std::string_view(&c, 1));
    }
    if (i == chars_.size()) return "'[' is not closed";
    if (inside.empty()) return "'[]' is an empty class";
    regex_ += (negated ? "[^." : "[") + inside + "]";
    at_ = i + 1;
    return {};
  }

  std::vector<Char> chars_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::string regex_;
};

}  // namespace

tl::expected<Pattern, std::string> pattern_of_string(const std::vector<GlobPiece>& pieces) {
  auto pattern = Translator(pieces).run();
  if (!pattern || pattern->kind == Pattern::Kind::exact) return pattern;
  if (auto checked = pattern_of_regex(pattern->text); !checked) return tl::unexpected(checked.error());
  return pattern;
}

}  // namespace fts::resolve
