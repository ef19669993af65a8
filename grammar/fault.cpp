#include "grammar/fault.hpp"

#include <algorithm>

#include "compiler/base/code.hpp"
#include "grammar/explain.hpp"
#include "grammar/tokens.hpp"

namespace fts::grammar {

namespace {

constexpr Message kTooMany{
    Code::too_many_syntax_errors, "too many faults; the rest of the file was not read",
    [](Explanation& e) { e.diagnostic.help = "mend the first ones, or see whether this is a .fts file at all"; }};

}  // namespace

Extent extent(const Fault& fault, std::string_view text) {
  const auto between = text.substr(fault.previous_end, fault.next - fault.previous_end);
  const bool beside = fault.at == fault.next || between.find('\n') == std::string_view::npos;
  if (beside && !at_line_end(text, fault.next) && text[fault.next] != '#') {
    return {fault.next, static_cast<std::uint32_t>(token_end(text, fault.next))};
  }
  if (fault.previous_end < text.size()) return {fault.previous_end, fault.previous_end + 1};
  const auto size = static_cast<std::uint32_t>(text.size());
  return {size == 0 ? 0 : size - 1, size};
}

bool FaultLog::on_known_line(std::size_t offset) {
  const auto holds = [&](const Line& line) { return line.begin <= offset && offset <= line.end; };
  return std::any_of(lines_.rbegin(), lines_.rend(), holds);
}

bool FaultLog::add(const Fault& fault) {
  if (full()) return false;
  const std::size_t begin = extent(fault, text_).begin;
  if (on_known_line(begin)) {
    Fault& last = faults_.back();
    const bool same_gap = last.message == fault.message && last.next == fault.next && last.opened != fault.opened;
    if (same_gap && last.others.size() < 3) last.others.push_back(fault.opened);
    return false;
  }
  lines_.push_back({line_begin(text_, begin), std::min(text_.find('\n', begin), text_.size())});
  faults_.push_back(fault);
  if (full()) faults_.back().message = &kTooMany;
  return true;
}

}  // namespace fts::grammar
