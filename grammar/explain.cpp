#include "grammar/explain.hpp"

#include <algorithm>

#include "grammar/hints.hpp"
#include "grammar/tokens.hpp"

namespace fts::grammar {

std::string_view Explanation::found() const {
  if (at_line_end(text, fault.next) || text[fault.next] == '#') return {};
  return text.substr(fault.next, token_end(text, fault.next) - fault.next);
}

bool Explanation::found_operand() const {
  constexpr std::string_view marks = "\"/[({-'";
  const auto token = found();
  return !token.empty() && (is_word_char(token[0]) || marks.find(token[0]) != std::string_view::npos);
}

std::string_view Explanation::before() const {
  const std::uint32_t begin = std::min(fault.item_begin, fault.previous_end);
  return text.substr(begin, fault.previous_end - begin);
}

Span Explanation::span(std::size_t begin, std::size_t end) const {
  return {tree.file, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

void Explanation::fix(std::size_t begin, std::size_t end, std::string replacement, bool safe) {
  diagnostic.fixes.push_back({span(begin, end), std::move(replacement), safe});
}

void explain(const std::vector<Fault>& faults, std::string_view text, const SyntaxTree& tree, const Skipper& skipper,
             Diagnostics& diagnostics) {
  std::vector<std::pair<std::uint32_t, const Fault*>> ordered;
  for (const Fault& fault : faults) ordered.emplace_back(extent(fault, text).begin, &fault);
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [begin, fault] : ordered) {
    const Message& message = *fault->message;
    std::string sentence(message.text);
    if (sentence.starts_with("expected")) sentence += ", found " + describe_token(text, fault->next);
    const Span span{tree.file, begin, extent(*fault, text).end};
    Explanation e{*fault, text, tree, skipper, diagnostics.report(message.code, span, std::move(sentence))};
    if (message.hint != nullptr) message.hint(e);
    if (message.text.starts_with("expected") && e.diagnostic.help.empty()) hints::found_token(e);
  }
}

}  // namespace fts::grammar
