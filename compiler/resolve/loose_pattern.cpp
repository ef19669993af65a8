#include "compiler/resolve/loose_pattern.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts::resolve {

namespace {

// Reads a regex atom by atom and writes its strict form.
class Tightener {
 public:
  explicit Tightener(const Pattern& pattern) : text_(pattern.text), glob_(pattern.kind == Pattern::Kind::glob) {}

  std::optional<StrictForm> run() {
    while (at_ < text_.size()) step();
    if (!goes_on_ && !dot_) return std::nullopt;
    return StrictForm{{Pattern::Kind::regex, strict_}, written_, goes_on_};
  }

 private:
  void step() {
    const std::string atom = next(atom_end());
    const std::string quantifier = next(quantifier_end());
    const bool any = atom == "." || atom == "[^.]";
    const bool repeated = quantifier == "*" || quantifier == "+";
    if (any && repeated && after_number_) {
      goes_on_ = true;
      const std::string rest = "[^0-9]" + atom + "*";
      put(quantifier == "*" ? "(?:" + rest + ")?" : rest, quantifier == "*" ? "(\\..*)?" : "\\..*");
    } else if (atom == "." && quantifier.empty() && !glob_) {
      dot_ = true;
      put("\\.", "\\.");
    } else {
      put(atom + quantifier, atom + quantifier);
    }
    after_number_ = quantifier.empty() && (is_digit_atom(atom) || (atom == ")" && after_number_));
  }

  void put(const std::string& strict, const std::string& written) {
    strict_ += strict;
    written_ += written;
  }

  std::string next(std::size_t end) {
    const std::string part = text_.substr(at_, end - at_);
    at_ = end;
    return part;
  }

  [[nodiscard]] std::size_t atom_end() const {
    if (text_[at_] == '\\') return std::min(at_ + 2, text_.size());
    if (text_[at_] == '(' && at_ + 1 < text_.size() && text_[at_ + 1] == '?') {  // "(?:", "(?i)", "(?P<name>"
      return std::min(text_.find_first_of(":)>", at_), text_.size() - 1) + 1;
    }
    if (text_[at_] != '[') return at_ + 1;
    std::size_t end = at_ + 1;
    if (end < text_.size() && text_[end] == '^') ++end;
    if (end < text_.size() && text_[end] == ']') ++end;
    while (end < text_.size() && text_[end] != ']') end += text_[end] == '\\' ? 2 : 1;
    return std::min(end + 1, text_.size());
  }

  [[nodiscard]] std::size_t quantifier_end() const {
    std::size_t end = at_;
    if (end < text_.size() && std::string_view("*+?").find(text_[end]) != std::string_view::npos) ++end;
    if (end < text_.size() && end == at_ && text_[end] == '{')
      end = std::min(text_.find('}', end), text_.size() - 1) + 1;
    if (end > at_ && end < text_.size() && text_[end] == '?') ++end;  // reluctant
    return end;
  }

  // "1", "[0-3]"; not "\d" or "[0-9]", which mean any number.
  static bool is_digit_atom(const std::string& atom) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (atom.size() == 1) return digit(atom.front());
    if (atom.front() != '[' || atom == "[0-9]") return false;
    return std::all_of(atom.begin() + 1, atom.end() - 1, [&](char c) { return digit(c) || c == '-'; });
  }

  const std::string& text_;
  const bool glob_;
  std::size_t at_ = 0;
  std::string strict_;
  std::string written_;
  bool after_number_ = false;
  bool goes_on_ = false;
  bool dot_ = false;
};

// "layers.1*" with the wildcards behind its numbers taken out.
std::string without_stars(const std::string& glob) {
  std::string out;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const bool behind =
        i > 0 && ((glob[i - 1] >= '0' && glob[i - 1] <= '9') || glob[i - 1] == ']' || glob[i - 1] == '}');
    if (glob[i] == '*' && behind) continue;
    out += glob[i];
  }
  return out;
}

void report(const WrittenPattern& pattern, const StrictForm& strict, const Set& extra, std::string_view example,
            std::string_view noun, Diagnostics& diagnostics) {
  const std::size_t count = extra.count();
  auto& d = diagnostics.report(
      Code::takes_more, pattern.used,
      fmt::format("{} takes {} {}{}, {} of them only because {}: '{}'", pattern.text, pattern.matches->count(), noun,
                  pattern.matches->count() == 1 ? "" : "s", count,
                  strict.goes_on ? "a number in it goes on with further digits" : "its `.` stands for any character",
                  example));
  if (!(pattern.written == pattern.used)) d.notes.push_back({"the pattern is written here", pattern.written});
  std::string mended = without_stars(pattern.text);
  if (pattern.pattern->kind == Pattern::Kind::regex) {
    mended = "/";
    for (const char c : strict.written) mended += c == '/' ? std::string("\\/") : std::string(1, c);
    mended += "/";
  }
  d.help = "write " + mended + " if they are not meant";
  if (pattern.written == pattern.used) d.fixes.push_back({pattern.written, mended, false});
}

}  // namespace

std::optional<StrictForm> strict_form(const Pattern& pattern) {
  if (pattern.kind == Pattern::Kind::exact || pattern.text == "(?s:.*)") return std::nullopt;
  return Tightener(pattern).run();
}

void report_loose(const std::vector<WrittenPattern>& patterns, const std::vector<std::string_view>& names,
                  std::string_view noun, Diagnostics& diagnostics) {
  std::vector<const WrittenPattern*> doubtful;
  std::vector<StrictForm> forms;
  std::vector<Pattern> strict;
  std::set<std::pair<FileId, std::size_t>> seen;  // a let is written once and used often
  for (const auto& pattern : patterns) {
    if (pattern.matches->empty()) continue;
    auto form = strict_form(*pattern.pattern);
    if (!form || !seen.insert({pattern.written.file, pattern.written.begin}).second) continue;
    doubtful.push_back(&pattern);
    strict.push_back(form->pattern);
    forms.push_back(std::move(*form));
  }
  if (doubtful.empty()) return;
  const auto matches = match_all(strict, names);
  for (std::size_t i = 0; i < doubtful.size(); ++i) {
    const Set extra = *doubtful[i]->matches - matches[i];
    if (extra.empty() || matches[i].empty()) continue;
    report(*doubtful[i], forms[i], extra, names[extra.members().front()], noun, diagnostics);
  }
}

}  // namespace fts::resolve
