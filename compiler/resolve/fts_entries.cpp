#define PCRE2_CODE_UNIT_WIDTH 8
#include "compiler/resolve/fts_entries.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>
#include <pcre2.h>
#include <re2/re2.h>
#include <re2/set.h>

namespace fts::resolve {

namespace {

constexpr std::int64_t kMaxMemory = std::int64_t{256} << 20;
constexpr std::uint32_t kMatchLimit = 100'000;  // of PCRE2's own steps, a name
constexpr std::uint32_t kHeapLimit = 16 << 10;  // KiB

// What Python's re lets follow a backslash, of the letters and digits.
constexpr std::string_view kPythonEscapes = "AbBdDsSwWZafnrtvxuUN0123456789";

re2::RE2::Options options() {
  re2::RE2::Options o;
  o.set_log_errors(false);
  o.set_max_mem(kMaxMemory);
  return o;
}

// A piece of a regex that matters here: one escape, one class, or one character.
std::string_view next_token(std::string_view text) {
  if (text.front() == '\\') return text.substr(0, 2);
  if (text.front() != '[') return text.substr(0, 1);
  std::size_t i = text.starts_with("[^") ? 2 : 1;
  for (const std::size_t first = i; i < text.size() && (text[i] != ']' || i == first); ++i) {
    if (text[i] == '\\') ++i;
  }
  return text.substr(0, i + 1);
}

bool repeats(std::string_view rest) {
  return !rest.empty() && std::string_view("*+?{").find(rest[0]) != std::string_view::npos;
}

// Python reads {,n} as {0,n}; RE2 and PCRE2 read it as text.
std::string from_python(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto token = next_token(text);
    text.remove_prefix(token.size());
    out += token;
    if (token == "{" && text.starts_with(",")) out += '0';
  }
  return out;
}

// Every dot that no quantifier follows, as a literal one.
std::string dots_as_dots(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto token = next_token(text);
    text.remove_prefix(token.size());
    out += token == "." && !repeats(text) ? "\\." : std::string(token);
  }
  return out;
}

// Whether a '|' stands outside of all groups.
bool has_alternatives(std::string_view text) {
  int depth = 0;
  while (!text.empty()) {
    const auto token = next_token(text);
    text.remove_prefix(token.size());
    if (token == "(" || token == ")") depth += token == "(" ? 1 : -1;
    if (token == "|" && depth == 0) return true;
  }
  return false;
}

// Whether what it matches may end in a digit, so that a number goes on where a name does: "layers.1", "layers.(1|2)",
// "layers.[0-9]", but not behind \\d+, which means any number.
bool may_end_in_digit(std::string_view text) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  std::vector<bool> open = {false};  // of each open group, the outermost being the whole: whether an alternative does
  bool ends = false;
  while (!text.empty()) {
    const auto token = next_token(text);
    text.remove_prefix(token.size());
    if (token == "(") open.push_back(false);
    if (token == "|") open.back() = open.back() || ends;
    if (token == ")" && open.size() > 1) {
      ends = ends || open.back();
      open.pop_back();
    } else {
      ends = (token.size() == 1 && is_digit(token[0])) || token == "\\d" ||
             (token.front() == '[' && (std::ranges::any_of(token, is_digit) || token.find("\\d") != token.npos));
    }
    ends = ends && !repeats(text);
  }
  return ends || open.front();
}

bool take_end(std::string& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  std::size_t backslashes = 0;
  for (std::size_t i = text.size() - end.size(); i > 0 && text[i - 1] == '\\'; --i) ++backslashes;
  if (backslashes % 2 != 0) return false;
  text.resize(text.size() - end.size());
  return true;
}

// Perl's regexes have what RE2 leaves out and Python has: lookaround, backreferences.
class Pcre2 {
 public:
  Pcre2(const std::string& text, std::uint32_t anchoring) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    code_.reset(
        pcre2_compile(subject, text.size(), anchoring | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &code, &offset, nullptr));
    if (code_ == nullptr) {
      char message[256];
      pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(message), sizeof message);
      error_ = fmt::format("{} (at character {})", message, offset);
      return;
    }
    limits_.reset(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(limits_.get(), kMatchLimit);
    pcre2_set_heap_limit(limits_.get(), kHeapLimit);
    data_.reset(pcre2_match_data_create(1, nullptr));
  }
  [[nodiscard]] const std::string& error() const { return error_; }

  // Whether the name matches; nothing: that would take too long.
  [[nodiscard]] std::optional<bool> matches(std::string_view name) const {
    const int found = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(name.data()), name.size(), 0, 0,
                                  data_.get(), limits_.get());
    if (found == PCRE2_ERROR_NOMATCH) return false;
    return found >= 0 ? std::optional(true) : std::nullopt;
  }

 private:
  template <auto free>
  struct Free {
    template <typename T>
    void operator()(T* p) const {
      free(p);
    }
  };
  std::unique_ptr<pcre2_code, Free<pcre2_code_free_8>> code_;
  std::unique_ptr<pcre2_match_context, Free<pcre2_match_context_free_8>> limits_;
  std::unique_ptr<pcre2_match_data, Free<pcre2_match_data_free_8>> data_;
  std::string error_;
};

void match_by_pcre2(const std::string& text, std::uint32_t anchoring, const std::vector<std::string_view>& names,
                    FtsMatch& match, Set FtsMatch::*into) {
  const Pcre2 regex(text, anchoring);
  if (!regex.error().empty()) return;
  for (std::size_t n = 0; n < names.size() && !match.too_long; ++n) {
    const auto found = regex.matches(names[n]);
    match.too_long = !found;
    if (found.value_or(false)) (match.*into).insert(n);
  }
}

struct Wanted {
  std::string regex;  // against a name's beginning
  std::size_t entry = 0;
  Set FtsMatch::*into = nullptr;
};

void match_singly(const std::vector<Wanted>& wanted, const std::vector<std::string_view>& names,
                  std::vector<FtsMatch>& result) {
  for (const auto& w : wanted) {
    const re2::RE2 regex(w.regex, options());
    for (std::size_t n = 0; n < names.size(); ++n) {
      if (regex.Match(names[n], 0, names[n].size(), re2::RE2::ANCHOR_START, nullptr, 0))
        (result[w.entry].*w.into).insert(n);
    }
  }
}

void match_together(const std::vector<Wanted>& wanted, const std::vector<std::string_view>& names,
                    std::vector<FtsMatch>& result) {
  if (wanted.empty()) return;
  re2::RE2::Set all(options(), re2::RE2::ANCHOR_START);
  for (const auto& w : wanted) all.Add(w.regex, nullptr);
  if (!all.Compile()) return match_singly(wanted, names, result);
  std::vector<int> hits;
  for (std::size_t n = 0; n < names.size(); ++n) {
    re2::RE2::Set::ErrorInfo error{};
    hits.clear();
    if (!all.Match(names[n], &hits, &error) && error.kind == re2::RE2::Set::kOutOfMemory)
      return match_singly(wanted, names, result);  // the union's automaton is too large; each one's is not
    for (const int hit : hits) {
      const auto& w = wanted[static_cast<std::size_t>(hit)];
      (result[w.entry].*w.into).insert(n);
    }
  }
}

}  // namespace

bool is_plain_name(std::string_view entry) {
  return std::ranges::all_of(entry, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; });
}

tl::expected<void, std::string> check_python_regex(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const auto token = next_token(rest);
    rest.remove_prefix(token.size());
    const bool escape = token.front() == '\\' && token.size() == 2;
    if (escape && std::isalnum(static_cast<unsigned char>(token[1])) != 0 &&
        kPythonEscapes.find(token[1]) == std::string_view::npos)
      return tl::unexpected(fmt::format("Python knows no escape {}", token));
  }
  const std::string regex = from_python(text);
  if (re2::RE2(regex, options()).ok()) return {};
  const Pcre2 perl(regex, PCRE2_ANCHORED);
  if (perl.error().empty()) return {};
  return tl::unexpected(perl.error());
}

std::string native_regex(const FtsEntry& entry) {
  std::string text = from_python(entry.text);
  if (text.starts_with('^')) text.erase(0, 1);
  const bool alternatives = has_alternatives(text);
  const bool whole = !alternatives && take_end(text, "$");
  const bool any_end = !whole && entry.parameters && (take_end(text, ".*") || take_end(text, ".*?"));
  if (any_end && text.empty()) return ".*";
  // "layers.1.*" ends in a dot and anything; behind more of a regex, as in ".*bn.*", it is anything, but that no number
  // goes on.
  const bool anything = any_end && !is_plain_name(text);
  const bool in_digit = anything && may_end_in_digit(text);
  text = dots_as_dots(text);
  if (whole || !entry.parameters) return text;
  if (text.ends_with("\\.")) return text + ".*";
  if (alternatives) text = "(?:" + text + ")";
  if (anything) return text + (in_digit ? "(?:[^0-9].*)?" : ".*");
  return text + "(?:\\..*)?";
}

std::vector<FtsMatch> match_fts_entries(const std::vector<FtsEntry>& entries,
                                        const std::vector<std::string_view>& names) {
  std::vector<FtsMatch> result(entries.size(), FtsMatch{Set(names.size()), Set(names.size())});
  std::unordered_map<std::string_view, std::size_t> literals;
  for (std::size_t e = 0; e < entries.size(); ++e) literals.emplace(entries[e].text, e);
  for (std::size_t n = 0; n < names.size(); ++n) {
    if (const auto at = literals.find(names[n]); at != literals.end()) result[at->second].taken.insert(n);
  }
  std::vector<Wanted> wanted;
  for (std::size_t e = 0; e < entries.size(); ++e) {
    auto& match = result[e];
    if (!match.taken.empty()) {
      match.said = match.taken;
      continue;
    }
    const std::string regex = from_python(entries[e].text);
    const std::string said = "(?:" + native_regex(entries[e]) + ")";
    if (re2::RE2(regex, options()).ok()) {
      wanted.push_back({regex, e, &FtsMatch::taken});
      wanted.push_back({said + "$", e, &FtsMatch::said});
    } else {
      match_by_pcre2(regex, PCRE2_ANCHORED, names, match, &FtsMatch::taken);
      match_by_pcre2(said, PCRE2_ANCHORED | PCRE2_ENDANCHORED, names, match, &FtsMatch::said);
    }
  }
  match_together(wanted, names, result);
  return result;
}

}  // namespace fts::resolve
