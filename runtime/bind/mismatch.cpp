#include "runtime/bind/mismatch.hpp"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/base/suggest.hpp"

namespace fts::bind {

namespace {

// The text before `name` in some name of `longer`, if putting it before every name of `shorter` gives `longer`'s names.
std::string added(const std::vector<std::string_view>& longer, const std::vector<std::string_view>& shorter) {
  if (longer.empty() || shorter.empty()) return {};
  const std::unordered_set<std::string_view> all(longer.begin(), longer.end());
  for (const auto candidate : longer) {
    if (!candidate.ends_with(shorter.front())) continue;
    const std::string prefix(candidate.substr(0, candidate.size() - shorter.front().size()));
    if (prefix.empty() || prefix.back() != '.') continue;
    const bool fits = std::all_of(shorter.begin(), shorter.end(),
                                  [&](auto name) { return all.contains(prefix + std::string(name)); });
    if (fits) return prefix;
  }
  return {};
}

}  // namespace

Prefix common_prefix(const std::vector<std::string_view>& wanted, const std::vector<std::string_view>& actual) {
  const std::unordered_set<std::string_view> known(wanted.begin(), wanted.end());
  if (std::any_of(actual.begin(), actual.end(), [&](auto name) { return known.contains(name); })) return {};
  if (auto prefix = added(wanted, actual); !prefix.empty()) return {prefix, false};
  if (auto prefix = added(actual, wanted); !prefix.empty()) return {prefix, true};
  return {};
}

void NoteList::add(std::string note) {
  ++total_;
  if (notes_.size() < kMostNotes) {
    notes_.push_back(std::move(note));
  } else {
    ++dropped_;
  }
}

void NoteList::flush(std::vector<Note>& into, std::string_view rest) {
  for (auto& note : notes_) into.push_back({std::move(note), {}});
  if (dropped_ != 0) into.push_back({fmt::format("… and {} more {}", dropped_, rest), {}});
  notes_.clear();
  dropped_ = 0;
}

std::string with_suggestion(std::string_view name, const std::vector<std::string_view>& candidates) {
  const auto near = did_you_mean(nearest(name, candidates, 1));
  return near.empty() ? fmt::format("'{}'", name) : fmt::format("'{}', {}", name, near);
}

std::string shape_text(at::IntArrayRef shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape.begin(), shape.end(), "x"));
}

}  // namespace fts::bind
