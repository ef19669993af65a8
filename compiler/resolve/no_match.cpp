#include "compiler/resolve/no_match.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/selection.hpp"

namespace fts::resolve {

namespace {

std::string_view noun(Unmatched what) {
  return what == Unmatched::parameter ? "parameter" : what == Unmatched::module ? "module" : "module type";
}

std::vector<std::string_view> names_of(Unmatched what, const graph::ParamGraph& graph) {
  std::vector<std::string_view> names;
  if (what == Unmatched::parameter) {
    for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) names.push_back(graph.parameter(p).name);
    return names;
  }
  std::set<std::string_view> types;
  for (graph::ModuleId m = 0; m < graph.module_count(); ++m) {
    const auto module = graph.module(m);
    if (what == Unmatched::module) names.push_back(module.name);
    if (what == Unmatched::type && !module.type.empty()) types.insert(module.type);
  }
  names.insert(names.end(), types.begin(), types.end());
  return names;
}

std::vector<std::string_view> matching(const Pattern& pattern, const std::vector<std::string_view>& names) {
  std::vector<std::string_view> found;
  if (pattern.kind == Pattern::Kind::exact) {
    if (std::find(names.begin(), names.end(), pattern.text) != names.end()) found.emplace_back(pattern.text);
    return found;
  }
  for (const auto member : match_all({pattern}, names).front().members()) found.push_back(names[member]);
  return found;
}

bool word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The pattern with each word that no name has replaced by the nearest one that some name has.
std::string corrected(const std::string& text, const std::vector<std::string_view>& names) {
  std::set<std::string_view> words;
  for (const auto name : names) {
    for (std::size_t b = 0; b <= name.size();) {
      const std::size_t e = std::min(name.find('.', b), name.size());
      words.insert(name.substr(b, e - b));
      b = e + 1;
    }
  }
  const std::vector<std::string_view> known(words.begin(), words.end());
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out += text.substr(i, 2);
      i += 2;
      continue;
    }
    std::size_t e = i;
    while (e < text.size() && word_char(text[e])) ++e;
    const std::string word = text.substr(i, e - i);
    const auto near = word.size() < 3 || words.count(word) != 0 ? std::vector<std::string>{} : nearest(word, known, 1);
    out += near.empty() ? word : near.front();
    if (e == i) out += text[e++];
    i = e;
  }
  return out;
}

std::string module_selection(const std::string& written) { return fmt::format("module({})", written); }

// A regex that matches the beginning of names, as Python's re.match would take it: what to write instead.
struct Prefix {
  std::string help;  // empty: it matches no beginning
  std::string mended;
};

Prefix prefix_of(const Pattern& pattern, const std::string& written, const std::vector<std::string_view>& names) {
  const auto found = matched_beginnings(pattern, names);
  if (found.empty()) return {};
  const std::string body = written.substr(1, written.size() - 2);
  const bool alternatives = body.find('|') != std::string::npos;
  const std::string mended = fmt::format("/{}.*/", alternatives ? "(" + body + ")" : body);
  return {fmt::format("a regex matches the whole name; this one matches only the beginning of {} name{}, such as '{}': "
                      "write {}",
                      found.size(), found.size() == 1 ? "" : "s", found.front(), mended),
          mended};
}

// The pieces between dots with which a pattern begins, as far as they are plain words.
std::vector<std::string> plain_pieces(std::string_view text) {
  std::vector<std::string> pieces;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && word_char(text[end])) ++end;
    const bool escaped = text.substr(end).starts_with("\\.");
    if (end == begin || (end < text.size() && text[end] != '.' && !escaped)) break;
    pieces.emplace_back(text.substr(begin, end - begin));
    begin = end + (escaped ? 2 : 1);
  }
  return pieces;
}

// Where the pattern leaves the model: the longest beginning that names have, and what comes behind it there.
std::string where_it_leaves(std::string_view text, const std::vector<std::string_view>& names) {
  constexpr std::size_t kShown = 6;
  std::string known;  // "a.b."
  for (const auto& piece : plain_pieces(text)) {
    const std::string longer = known + piece;
    const auto goes_on = [&](std::string_view name) {
      return name == longer || (name.starts_with(longer) && name[longer.size()] == '.');
    };
    if (std::any_of(names.begin(), names.end(), goes_on)) {
      known = longer + ".";
      continue;
    }
    std::vector<std::string_view> next;
    for (const auto name : names) {
      if (name.size() <= known.size() || !name.starts_with(known)) continue;
      const auto own = name.substr(known.size(), name.find('.', known.size()) - known.size());
      if (std::find(next.begin(), next.end(), own) == next.end()) next.push_back(own);
      if (next.size() > kShown) break;
    }
    if (next.empty()) return {};
    const bool more = next.size() > kShown;
    if (more) next.pop_back();
    return fmt::format("no name begins with '{}'; {} {}{}", longer,
                       known.empty() ? "names begin with" : "behind '" + known + "' comes one of",
                       fmt::join(next, ", "), more ? ", …" : "");
  }
  return {};
}

std::string help_for(Unmatched what, const Pattern& pattern, const std::string& written,
                     const std::vector<std::string_view>& names, const graph::ParamGraph& graph) {
  if (pattern.kind == Pattern::Kind::exact) {
    if (auto help = did_you_mean(nearest(pattern.text, names)); !help.empty()) return help;
  }
  const std::string mended = corrected(pattern.text, names);
  if (mended != pattern.text && !matching({pattern.kind, mended}, names).empty()) {
    return "did you mean " + corrected(written, names) + "?";
  }
  if (what == Unmatched::parameter && mended != pattern.text &&
      !matching({pattern.kind, mended}, names_of(Unmatched::module, graph)).empty()) {
    return fmt::format("did you mean {}?", module_selection(corrected(written, names)));
  }
  const std::string_view inner = written;
  if (what != Unmatched::type && inner.size() > 2) {
    if (auto help = where_it_leaves(inner.substr(1, inner.size() - 2), names); !help.empty()) return help;
  }
  if (names.empty() && what == Unmatched::type)
    return "the model's file does not say the types of its modules; use a graph from fts::write_graph";
  return fmt::format("`ftsc graph` lists the model's {}s", what == Unmatched::type ? "module" : noun(what));
}

// Whether the pattern names buffers only; then it is said.
bool report_buffer(const Pattern& pattern, const std::string& written, const Place& place,
                   const graph::ParamGraph& graph, Diagnostics& diagnostics) {
  const auto buffers = graph.buffer_names();
  const auto named = matching(pattern, {buffers.begin(), buffers.end()});
  if (named.empty()) return false;
  auto& d = diagnostics.report(
      Code::names_a_buffer, place.used,
      fmt::format("{} names {}, and parameters are wanted here", written,
                  named.size() == 1 ? fmt::format("the buffer '{}'", named.front())
                                    : fmt::format("{} buffers, such as '{}'", named.size(), named.front())));
  if (!(place.written == place.used)) d.notes.push_back({"the pattern is written here", place.written});
  d.help = "buffers are not trained, so none can thaw: leave it out";
  return true;
}

}  // namespace

void report_no_match(Unmatched what, const Pattern& pattern, const std::string& written, const Place& place,
                     const graph::ParamGraph& graph, Diagnostics& diagnostics) {
  const auto modules = what == Unmatched::parameter ? matching(pattern, names_of(Unmatched::module, graph))
                                                    : std::vector<std::string_view>{};
  const bool named_module = !modules.empty();
  if (what == Unmatched::parameter && !named_module && report_buffer(pattern, written, place, graph, diagnostics))
    return;
  auto& d = named_module ? diagnostics.report(Code::names_a_module, place.used,
                                              fmt::format("{} names a module, and parameters are wanted here", written))
                         : diagnostics.report(Code::no_match, place.used,
                                              fmt::format("{} matches no {} of the model", written, noun(what)));
  if (!(place.written == place.used)) d.notes.push_back({"the pattern is written here", place.written});
  if (named_module) {
    d.help = fmt::format("write {} for all parameters under it", module_selection(written));
    if (place.written == place.used) d.fixes.push_back({place.written, module_selection(written), true});
    return;
  }
  const auto names = names_of(what, graph);
  const Prefix prefix = pattern.kind == Pattern::Kind::regex ? prefix_of(pattern, written, names) : Prefix{};
  d.help = prefix.help.empty() ? help_for(what, pattern, written, names, graph) : prefix.help;
  if (!prefix.help.empty() && place.written == place.used) d.fixes.push_back({place.written, prefix.mended, false});
}

}  // namespace fts::resolve
