#include "compiler/resolve/fts_selection.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/resolve/no_match.hpp"

namespace fts::resolve {

namespace {

// The sets of a match over `ids` as sets over the whole universe.
void spread(Set& set, const std::vector<std::uint32_t>& ids, std::size_t universe) {
  Set all(universe);
  for (const auto member : set.members()) all.insert(ids[member]);
  set = std::move(all);
}

// Named parameters as FTS sees them: of tied ones the first.
std::vector<std::uint32_t> first_parameters(const graph::ParamGraph& graph) {
  std::vector<std::uint32_t> ids;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    if (graph.parameter(p).tied_to == graph::kNone) ids.push_back(p);
  }
  return ids;
}

std::string names_of(const Set& members, const graph::ParamGraph& graph, Domain domain) {
  constexpr std::size_t kShown = 3;
  std::string names;
  std::size_t shown = 0;
  for (const auto m : members.members()) {
    if (shown == kShown) return names + ", …";
    const auto name = domain == Domain::parameters ? graph.parameter(m).name : graph.module(m).name;
    names += fmt::format("{}'{}'", shown++ == 0 ? "" : ", ", name);
  }
  return names;
}

std::string counted(std::size_t n, Domain domain) {
  return fmt::format("{} {}{}", n, domain == Domain::parameters ? "parameter" : "module", n == 1 ? "" : "s");
}

// What says of whole names what the entry says; nothing: RE2 cannot, or no name is meant.
std::optional<std::string> as_native(const FtsEntry& entry, const FtsMatch& match, const graph::ParamGraph& graph) {
  const bool module = graph.find_module(entry.text).has_value();
  const std::string quoted = '"' + entry.text + '"';
  if (entry.parameters ? graph.find_parameter(entry.text).has_value() : module) return quoted;
  if (module) return "module(" + quoted + ")";
  const std::string native = native_regex(entry);
  if (match.said.empty() || !pattern_of_regex(native)) return std::nullopt;
  std::string regex;
  for (const char c : native) regex += c == '/' ? std::string("\\/") : std::string(1, c);
  return "/" + regex + "/";
}

// The entry behind the name that all names begin with (a LightningModule's attribute), if that would match.
std::string prefix_help(const FtsEntry& entry, const graph::ParamGraph& graph) {
  if (graph.parameter_count() == 0) return {};
  const auto first = graph.parameter(0).name;
  const std::string prefix(first.substr(0, first.find('.') + 1));
  const FtsEntry with{prefix + entry.text, entry.parameters};
  if (prefix.empty() || !check_python_regex(with.text)) return {};
  std::vector<std::string_view> names;
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) names.push_back(graph.parameter(p).name);
  if (match_fts_entries({with}, names).front().taken.empty()) return {};
  return fmt::format("the model's names begin with '{}': did you mean '{}'?", prefix, with.text);
}

}  // namespace

std::size_t FtsSelections::add(FtsCall call) {
  auto& universe = call.domain == Domain::parameters ? parameters_ : modules_;
  for (auto& entry : call.entries) {
    const FtsEntry key{entry.text, call.domain == Domain::parameters};
    const auto [at, fresh] = universe.slots.try_emplace(key, universe.entries.size());
    if (fresh) universe.entries.push_back(key);
    entry.slot = at->second;
  }
  calls_.push_back(std::move(call));
  return calls_.size() - 1;
}

void FtsSelections::match(const graph::ParamGraph& graph) {
  if (!parameters_.entries.empty()) {
    const auto ids = first_parameters(graph);
    std::vector<std::string_view> names;
    names.reserve(ids.size());
    for (const auto id : ids) names.push_back(graph.parameter(id).name);
    parameters_.matches = match_fts_entries(parameters_.entries, names);
    for (auto& match : parameters_.matches) {
      if (ids.size() == graph.parameter_count()) break;
      spread(match.taken, ids, graph.parameter_count());
      spread(match.said, ids, graph.parameter_count());
    }
  }
  if (modules_.entries.empty()) return;
  std::vector<std::string_view> names(graph.module_count());
  for (graph::ModuleId m = 0; m < names.size(); ++m) names[m] = graph.module(m).name;
  modules_.matches = match_fts_entries(modules_.entries, names);
}

const FtsMatch& FtsSelections::match_of(Domain domain, std::size_t slot) const {
  return (domain == Domain::parameters ? parameters_ : modules_).matches[slot];
}

Set FtsSelections::take(std::size_t number, const graph::ParamGraph& graph, Diagnostics& diagnostics,
                        bool& faulty) const {
  const FtsCall& call = calls_[number];
  Set all(call.domain == Domain::parameters ? graph.parameter_count() : graph.module_count());
  for (const auto& entry : call.entries) {
    faulty = report(call, entry, graph, diagnostics) || faulty;
    const Set& taken = match_of(call.domain, entry.slot).taken;
    const Set twice = all & taken;
    if (call.domain == Domain::parameters && !twice.empty()) {
      faulty = true;
      diagnostics
          .report(Code::entry_repeated, entry.place.used,
                  fmt::format("'{}' takes {} that an entry before it has taken ({})", entry.text,
                              counted(twice.count(), call.domain), names_of(twice, graph, call.domain)))
          .help = "FTS refuses a parameter that stands twice; leave one of the entries out";
    }
    all |= taken;
  }
  return all;
}

bool FtsSelections::report(const FtsCall& call, const FtsCall::Entry& entry, const graph::ParamGraph& graph,
                           Diagnostics& diagnostics) const {
  const FtsMatch& match = match_of(call.domain, entry.slot);
  const FtsEntry key{entry.text, call.domain == Domain::parameters};
  if (match.too_long) {
    diagnostics.report(Code::bad_regex, entry.place.used, fmt::format("matching '{}' takes too long", entry.text))
        .help = "write it without nested repetition";
    return true;
  }
  if (match.taken.empty()) {
    const auto alias = key.parameters ? graph.find_parameter(entry.text) : std::nullopt;
    if (alias) {
      const auto first = graph.parameter(graph.parameter(*alias).tied_to).name;
      diagnostics
          .report(Code::alias_left_out, entry.place.used,
                  fmt::format("'{}' shares its tensor with '{}', and FTS leaves such a name out", entry.text, first))
          .help = fmt::format("it is thawed where '{}' is; name that one", first);
      return false;
    }
    const Pattern pattern{is_plain_name(entry.text) ? Pattern::Kind::exact : Pattern::Kind::regex, entry.text};
    report_no_match(key.parameters ? Unmatched::parameter : Unmatched::module, pattern, "'" + entry.text + "'",
                    entry.place, graph, diagnostics);
    if (auto help = prefix_help(key, graph); !help.empty()) diagnostics.all().back().help = std::move(help);
    return true;
  }
  const Set more = match.taken - match.said;
  // A regex that would say nothing is not meant so.
  if (more.empty() || (match.said.empty() && !is_plain_name(entry.text))) return false;
  auto& d = diagnostics.report(
      Code::entry_takes_more, entry.place.used,
      fmt::format("'{}' takes {}, of which it does not say {}: {}", entry.text,
                  counted(match.taken.count(), call.domain), more.count(), names_of(more, graph, call.domain)));
  d.help = "FTS matches the beginning of a name, and a dot is any character";
  if (const auto native = as_native(key, match, graph)) d.help += "; whole names are " + *native;
  if (auto fix = native_call(call, graph); fix && call.place.written == call.place.used)
    d.fixes.push_back({call.place.written, std::move(*fix), false});
  return false;
}

std::optional<std::string> FtsSelections::native_call(const FtsCall& call, const graph::ParamGraph& graph) const {
  std::string all;
  for (const auto& entry : call.entries) {
    const FtsEntry key{entry.text, call.domain == Domain::parameters};
    const auto native = as_native(key, match_of(call.domain, entry.slot), graph);
    if (!native) return std::nullopt;
    all += (all.empty() ? "" : " | ") + *native;
  }
  return all;
}

std::vector<std::string> FtsSelections::reasons(std::size_t number, std::uint32_t member) const {
  std::vector<std::string> all;
  for (const auto& entry : calls_[number].entries) {
    if (match_of(calls_[number].domain, entry.slot).taken.contains(member))
      all.push_back("fts(\"" + entry.text + "\")");
  }
  return all;
}

}  // namespace fts::resolve
