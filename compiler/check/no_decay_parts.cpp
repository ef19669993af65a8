// no_decay as FTS has it, parts of names: /.*(bias|LayerNorm\.weight).*/. One that no name has is overlooked beside the
// others.
#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

// The words that stand in the regex's one group; nothing: it is of another form.
std::optional<std::vector<std::string>> words_of(std::string_view regex) {
  if (!regex.starts_with(".*(") || !regex.ends_with(").*")) return std::nullopt;
  regex = regex.substr(3, regex.size() - 6);
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < regex.size(); ++i) {
    if (regex[i] == '|') {
      words.emplace_back();
    } else if (regex[i] == '\\' && i + 1 < regex.size() &&
               std::ispunct(static_cast<unsigned char>(regex[i + 1])) != 0) {
      words.back() += regex[++i];
    } else if (std::string_view("\\^$.?*+()[]{}").find(regex[i]) != std::string_view::npos) {
      return std::nullopt;
    } else {
      words.back() += regex[i];
    }
  }
  return words;
}

// The ends of the model's names, of as many pieces as the word has.
std::vector<std::string_view> ends_like(std::string_view word, const graph::ParamGraph& graph) {
  const auto dots = std::ranges::count(word, '.');
  std::vector<std::string_view> ends;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    const std::string_view name = graph.parameter_name(p);
    std::size_t begin = name.size();
    for (std::ptrdiff_t i = 0; i <= dots && begin != std::string_view::npos && begin != 0; ++i)
      begin = name.rfind('.', begin - 1);
    ends.push_back(begin == std::string_view::npos ? name : name.substr(begin + 1));
  }
  std::ranges::sort(ends);
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

bool is_part_of_a_name(std::string_view word, const graph::ParamGraph& graph) {
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    if (graph.parameter_name(p).find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

void no_decay_parts(const Context& context) {
  const auto& program = context.program;
  const auto id = program.schedule == nullptr ? std::nullopt : program.schedule->selection("no_decay");
  const auto* pattern = id && !program.selections.faulty(*id) ? program.selections.pattern_of(*id) : nullptr;
  if (pattern == nullptr || pattern->kind != resolve::Pattern::Kind::regex) return;
  for (const auto& word : words_of(pattern->text).value_or(std::vector<std::string>{})) {
    if (is_part_of_a_name(word, context.graph)) continue;
    auto& d = context.diagnostics.report(Code::no_match, program.schedule->value("no_decay")->span,
                                         fmt::format("'{}' is part of no parameter's name", word));
    d.severity = Severity::warning;  // the others split the groups
    const auto near = nearest(word, ends_like(word, context.graph));
    d.help = near.empty() ? "leave it out, or write a part of the names that are meant" : did_you_mean(near);
  }
}

}  // namespace fts::check
