#include "compiler/resolve/pattern.hpp"

#include <algorithm>
#include <iterator>

#include <re2/re2.h>
#include <re2/set.h>

namespace fts::resolve {

namespace {

constexpr std::int64_t kMaxMemory = std::int64_t{64} << 20;
constexpr std::size_t kSurelySmall = 1000;

re2::RE2::Options options() {
  re2::RE2::Options o;
  o.set_log_errors(false);
  o.set_max_mem(kMaxMemory);
  return o;
}

void match_singly(const std::vector<const Pattern*>& patterns, const std::vector<std::size_t>& slots,
                  const std::vector<std::string_view>& names, std::vector<Set>& result) {
  for (std::size_t p = 0; p < patterns.size(); ++p) {
    const re2::RE2 regex(patterns[p]->text, options());
    for (std::size_t n = 0; n < names.size(); ++n) {
      if (re2::RE2::FullMatch(names[n], regex)) result[slots[p]].insert(n);
    }
  }
}

}  // namespace

tl::expected<Pattern, std::string> pattern_of_regex(const std::string& text) {
  re2::RE2::Set parsed(options(), re2::RE2::ANCHOR_BOTH);
  std::string fault;
  if (parsed.Add(text, &fault) < 0) return tl::unexpected(fault);
  // Whether its program is too large shows when it is made; a short one without counted repetition cannot be.
  if (text.size() > kSurelySmall || text.find('{') != std::string::npos) {
    const re2::RE2 regex(text, options());
    if (!regex.ok()) return tl::unexpected(regex.error());
  }
  return Pattern{Pattern::Kind::regex, text};
}

std::vector<Set> match_all(const std::vector<Pattern>& patterns, const std::vector<std::string_view>& names) {
  std::vector<Set> result(patterns.size(), Set(names.size()));
  std::vector<const Pattern*> regexes;
  std::vector<std::size_t> slots;
  re2::RE2::Set all(options(), re2::RE2::ANCHOR_BOTH);
  bool usable = true;
  for (std::size_t p = 0; p < patterns.size(); ++p) {
    if (patterns[p].kind == Pattern::Kind::exact) continue;
    usable = all.Add(patterns[p].text, nullptr) >= 0 && usable;
    regexes.push_back(&patterns[p]);
    slots.push_back(p);
  }
  if (regexes.empty()) return result;
  if (!usable || !all.Compile()) {
    match_singly(regexes, slots, names, result);
    return result;
  }
  std::vector<int> hits;
  for (std::size_t n = 0; n < names.size(); ++n) {
    re2::RE2::Set::ErrorInfo error{};
    hits.clear();
    if (!all.Match(names[n], &hits, &error) && error.kind == re2::RE2::Set::kOutOfMemory) {
      match_singly(regexes, slots, names, result);  // the union's automaton is too large; each one's is not
      return result;
    }
    for (const int hit : hits) result[slots[static_cast<std::size_t>(hit)]].insert(n);
  }
  return result;
}

bool matches(const Pattern& pattern, std::string_view name) {
  if (pattern.kind == Pattern::Kind::exact) return pattern.text == name;
  return re2::RE2::FullMatch(name, re2::RE2(pattern.text, options()));
}

std::vector<std::string_view> matched_beginnings(const Pattern& pattern, const std::vector<std::string_view>& names) {
  const bool exact = pattern.kind == Pattern::Kind::exact;
  const re2::RE2 regex("^(?:" + (exact ? "" : pattern.text) + ")", options());
  std::vector<std::string_view> found;
  std::ranges::copy_if(names, std::back_inserter(found), [&](std::string_view name) {
    return exact ? name.starts_with(pattern.text) : re2::RE2::PartialMatch(name, regex);
  });
  return found;
}

}  // namespace fts::resolve
