#include "compiler/resolve/selection.hpp"

#include <algorithm>
#include <iterator>

#include "compiler/base/beside.hpp"
#include "compiler/base/code.hpp"
#include "compiler/base/error.hpp"
#include "compiler/resolve/loose_pattern.hpp"

namespace fts::resolve {

std::size_t SelectionTable::Universe::intern(Pattern pattern) {
  const auto [at, fresh] = slots.try_emplace(pattern, patterns.size());
  if (fresh) patterns.push_back(std::move(pattern));
  return at->second;
}

SelectionId SelectionTable::add(Node node) {
  for (const SelectionId operand : node.operands) node.faulty = node.faulty || nodes_[operand].faulty;
  nodes_.push_back(std::move(node));
  return static_cast<SelectionId>(nodes_.size() - 1);
}

SelectionId SelectionTable::pattern(Domain domain, Pattern pattern, std::string written, Place place, bool silent) {
  auto& universe = domain == Domain::parameters ? parameters_ : modules_;
  return add({.op = Op::pattern,
              .domain = domain,
              .place = place,
              .number = universe.intern(std::move(pattern)),
              .text = std::move(written),
              .silent = silent});
}

SelectionId SelectionTable::types(Pattern pattern, std::string written, Place place, bool silent) {
  return add({.op = Op::types,
              .domain = Domain::modules,
              .place = place,
              .number = types_.intern(std::move(pattern)),
              .text = std::move(written),
              .silent = silent});
}

SelectionId SelectionTable::fts(FtsCall call) {
  const Domain domain = call.domain;
  const Place place = call.place;
  return add({.op = Op::fts, .domain = domain, .place = place, .number = fts_.add(std::move(call))});
}

const FtsCall* SelectionTable::fts_call(SelectionId id) const {
  return nodes_[id].op == Op::fts ? &fts_.call(nodes_[id].number) : nullptr;
}

const Pattern* SelectionTable::pattern_of(SelectionId id) const {
  const Node& node = nodes_[id];
  return node.op == Op::pattern && node.domain == Domain::parameters ? &parameters_.patterns[node.number] : nullptr;
}

SelectionId SelectionTable::everything(Domain domain, Place place) {
  return add({.op = Op::everything, .domain = domain, .place = place});
}
SelectionId SelectionTable::nothing(Domain domain, Place place) {
  return add({.op = Op::nothing, .domain = domain, .place = place});
}
SelectionId SelectionTable::frozen(Place place) {
  return add({.op = Op::frozen, .domain = Domain::parameters, .place = place});
}
SelectionId SelectionTable::tied(Place place) {
  return add({.op = Op::tied, .domain = Domain::parameters, .place = place});
}
SelectionId SelectionTable::rest(std::size_t phases, Place place) {
  return add({.op = Op::rest, .domain = Domain::parameters, .place = place, .number = phases});
}
SelectionId SelectionTable::parameters_under(SelectionId modules, Place place) {
  return add({.op = Op::under, .domain = Domain::parameters, .place = place, .operands = {modules}});
}
SelectionId SelectionTable::unite(std::vector<SelectionId> parts, Domain domain, Place place) {
  return add({.op = Op::unite, .domain = domain, .place = place, .operands = std::move(parts)});
}
SelectionId SelectionTable::intersect(SelectionId left, SelectionId right, Place place) {
  return add({.op = Op::intersect,
              .domain = nodes_[left].domain,
              .place = place,
              .operands = {left, right},
              .silent = nodes_[left].silent || nodes_[right].silent});
}
SelectionId SelectionTable::subtract(SelectionId left, SelectionId right, Place place) {
  return add({.op = Op::subtract,
              .domain = nodes_[left].domain,
              .place = place,
              .operands = {left, right},
              .silent = nodes_[left].silent || nodes_[right].silent});
}
SelectionId SelectionTable::where(SelectionId of, Predicate predicate, Place place) {
  return add({.op = Op::where,
              .domain = nodes_[of].domain,
              .place = place,
              .operands = {of},
              .predicate = std::move(predicate)});
}
SelectionId SelectionTable::indexed(std::vector<SelectionId> candidates, std::optional<std::int64_t> pick,
                                    std::string written, std::function<std::string()> matching, Domain domain,
                                    Place place, Pick how) {
  return add({.op = Op::indexed,
              .domain = domain,
              .place = place,
              .operands = std::move(candidates),
              .pick = pick,
              .how = how,
              .matching = std::move(matching),
              .text = std::move(written)});
}

SelectionId SelectionTable::each(std::vector<SelectionId> parts, std::vector<std::string> names, std::string written,
                                 std::function<std::string()> matching, Domain domain, Place place) {
  return add({.op = Op::each,
              .domain = domain,
              .place = place,
              .operands = std::move(parts),
              .matching = std::move(matching),
              .text = std::move(written),
              .names = std::move(names)});
}

void SelectionTable::silence(SelectionId id) { nodes_[id].silent = true; }

void SelectionTable::set_thaw(std::size_t phase, SelectionId thaw) {
  FTS_CHECK(phase == thaws_.size());
  thaws_.push_back(thaw);
}

void SelectionTable::poison(SelectionId id) { nodes_[id].faulty = true; }

namespace {

std::vector<std::string_view> parameter_names(const graph::ParamGraph& graph) {
  std::vector<std::string_view> names(graph.parameter_count());
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = graph.parameter_name(static_cast<graph::ParamId>(i));
  return names;
}

// What each module of the graph is called, by name or by type.
std::vector<std::string_view> module_texts(const graph::ParamGraph& graph, bool types) {
  std::vector<std::string_view> texts(graph.module_count());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto id = static_cast<graph::ModuleId>(i);
    texts[i] = types ? graph.module(id).type : graph.module_name(id);
  }
  return texts;
}

Set everything_in(Domain domain, const graph::ParamGraph& graph) {
  return Set(domain == Domain::parameters ? graph.parameter_count() : graph.module_count(), true);
}

// A predicate looks at facts that most members share, so it is asked once for all that are alike.
Set those_that(const Set& of, const Predicate& predicate, Domain domain, const graph::ParamGraph& graph) {
  Set kept(of.universe());
  std::map<graph::ParamGraph::Likeness, bool> answers;
  for (const auto member : of.members()) {
    const auto likeness =
        domain == Domain::parameters ? graph.parameter_likeness(member) : graph.module_likeness(member);
    auto known = answers.find(likeness);
    if (known == answers.end()) known = answers.emplace(likeness, predicate(graph, member)).first;
    if (known->second) kept.insert(member);
  }
  return kept;
}

Set parameters_that(const graph::ParamGraph& graph, bool (*keep)(const graph::Parameter&)) {
  Set parameters(graph.parameter_count());
  for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
    if (keep(graph.parameter(p))) parameters.insert(p);
  }
  return parameters;
}

}  // namespace

Set tied_parameters(const graph::ParamGraph& graph) {
  Set parameters(graph.parameter_count());
  for (const graph::ParamId p : graph.tied()) {
    parameters.insert(p);
    parameters.insert(graph.parameter(p).tied_to);
  }
  return parameters;
}

Set with_ties(const Set& parameters, const graph::ParamGraph& graph) {
  Set all = parameters;
  for (const graph::ParamId p : graph.tied()) {
    if (parameters.contains(p)) all.insert(graph.parameter(p).tied_to);
  }
  for (const graph::ParamId p : graph.tied()) {
    if (all.contains(graph.parameter(p).tied_to)) all.insert(p);
  }
  return all;
}

void SelectionTable::match_patterns(const graph::ParamGraph& graph, Diagnostics& diagnostics) {
  const auto run = [](Universe& universe, const std::vector<std::string_view>& names, auto find) {
    auto matches = match_all(universe.patterns, names);
    for (std::size_t p = 0; p < universe.patterns.size(); ++p) {
      if (universe.patterns[p].kind == Pattern::Kind::exact) find(universe.patterns[p].text, matches[p]);
      universe.matches.push_back(std::make_shared<const Set>(std::move(matches[p])));
    }
  };
  std::vector<std::string_view> parameters;
  std::vector<std::string_view> modules;
  // Most of a check's time with a large model; the two have nothing in common.
  auto matched_modules = beside(graph.module_count(), [&] {
    if (modules_.patterns.empty()) return;
    modules = module_texts(graph, false);
    run(modules_, modules, [&](const std::string& name, Set& set) {
      if (const auto id = graph.find_module(name)) set.insert(*id);
    });
  });
  if (!parameters_.patterns.empty()) {
    parameters = parameter_names(graph);
    run(parameters_, parameters, [&](const std::string& name, Set& set) {
      if (const auto id = graph.find_parameter(name)) set.insert(*id);
    });
  }
  if (!types_.patterns.empty()) {
    run(types_, module_texts(graph, true), [&](const std::string& name, Set& set) {
      for (graph::ModuleId m = 0; m < graph.module_count(); ++m) {
        if (graph.module(m).type == name) set.insert(m);
      }
    });
  }
  matched_modules.get();
  report_loose_patterns(parameters, modules, diagnostics);
}

void SelectionTable::match(const graph::ParamGraph& graph, Diagnostics& diagnostics) {
  match_patterns(graph, diagnostics);
  fts_.match(graph);
  if (std::ranges::any_of(nodes_, [](const Node& node) { return node.op == Op::under; })) subtrees_.emplace(graph);
  sets_.clear();
  sets_.reserve(nodes_.size());
  for (auto& node : nodes_) {  // operands come before what uses them
    for (const SelectionId operand : node.operands) {
      node.faulty = node.faulty || (nodes_[operand].faulty && !nodes_[operand].silent);
    }
    sets_.push_back(node.op == Op::fts
                        ? std::make_shared<const Set>(fts_.take(node.number, graph, diagnostics, node.faulty))
                        : fold(node, graph));
    if (node.op == Op::each && !node.faulty) report_each(node, diagnostics);
    if (node.silent || !sets_.back()->empty()) continue;
    if (node.op == Op::subtract || node.op == Op::intersect) report_nothing_left(node, diagnostics);
    if (node.op == Op::pattern || node.op == Op::types) report_pattern(node, graph, diagnostics);
    if (node.op == Op::indexed && !node.faulty) report_indexed(node, diagnostics);
  }
}

std::shared_ptr<const Set> SelectionTable::fold(const Node& node, const graph::ParamGraph& graph) {
  if (node.op == Op::pattern) return (node.domain == Domain::parameters ? parameters_ : modules_).matches[node.number];
  if (node.op == Op::types) return types_.matches[node.number];
  return std::make_shared<const Set>(combine(node, graph));
}

Set SelectionTable::combine(const Node& node, const graph::ParamGraph& graph) {
  const auto operand = [&](std::size_t i) -> const Set& { return *sets_[node.operands[i]]; };
  switch (node.op) {
    case Op::pattern:
    case Op::types:
    case Op::fts: break;
    case Op::everything: return everything_in(node.domain, graph);
    case Op::nothing: return Set(everything_in(node.domain, graph).universe());
    case Op::frozen: return parameters_that(graph, [](const graph::Parameter& p) { return !p.requires_grad; });
    case Op::tied: return tied_parameters(graph);
    case Op::rest:
      return everything_in(Domain::parameters, graph) - with_ties(thawed_by_first(node.number, graph), graph);
    case Op::under: return subtrees_->parameters_under(operand(0));
    case Op::unite:
    case Op::each: {
      Set all(everything_in(node.domain, graph).universe());
      for (const SelectionId part : node.operands) all |= *sets_[part];
      return all;
    }
    case Op::intersect: return operand(0) & operand(1);
    case Op::subtract: return operand(0) - operand(1);
    case Op::where: return those_that(operand(0), node.predicate, node.domain, graph);
    case Op::indexed: {
      if (!node.operands.empty()) return fold_indexed(node);
      return Set(everything_in(node.domain, graph).universe());
    }
  }
  return {};
}

const Set& SelectionTable::thawed_by_first(std::size_t phases, const graph::ParamGraph& graph) {
  if (thawed_phases_ == 0 || phases < thawed_phases_) {
    thawed_ = Set(graph.parameter_count());
    thawed_phases_ = 0;
  }
  while (thawed_phases_ < phases) thawed_ |= *sets_[thaws_[thawed_phases_++]];
  return thawed_;
}

Set SelectionTable::fold_indexed(const Node& node) const {
  std::vector<SelectionId> matching;
  for (const SelectionId candidate : node.operands) {
    if (!sets_[candidate]->empty()) matching.push_back(candidate);
  }
  Set all(sets_[node.operands.front()]->universe());
  if (!node.pick) {
    for (const SelectionId candidate : matching) all |= *sets_[candidate];
    return all;
  }
  const auto from_end = static_cast<std::size_t>(-*node.pick);
  if (from_end > matching.size()) return all;
  const std::size_t last = matching.size() - from_end;
  for (std::size_t i = node.how == Pick::one ? last : 0; i <= last; ++i) all |= *sets_[matching[i]];
  return all;
}

void SelectionTable::report_loose_patterns(const std::vector<std::string_view>& parameters,
                                           const std::vector<std::string_view>& modules, Diagnostics& diagnostics) {
  std::vector<WrittenPattern> of_parameters;
  std::vector<WrittenPattern> of_modules;
  for (const auto& node : nodes_) {
    if (node.op != Op::pattern) continue;
    const bool parameter = node.domain == Domain::parameters;
    const auto& universe = parameter ? parameters_ : modules_;
    (parameter ? of_parameters : of_modules)
        .push_back({&universe.patterns[node.number], universe.matches[node.number].get(), node.text, node.place.written,
                    node.place.used});
  }
  if (!of_parameters.empty()) report_loose(of_parameters, parameters, "parameter", diagnostics);
  if (!of_modules.empty()) report_loose(of_modules, modules, "module", diagnostics);
}

const Set& SelectionTable::set(SelectionId id) const { return *sets_[id]; }

bool SelectionTable::faulty(SelectionId id) const { return nodes_[id].faulty; }

std::vector<std::string> SelectionTable::reasons(SelectionId id, std::uint32_t member) const {
  std::vector<std::string> all;
  std::set<SelectionId> seen;
  collect_reasons(id, member, seen, all);
  return all;
}

void SelectionTable::collect_reasons(SelectionId id, std::uint32_t member, std::set<SelectionId>& seen,
                                     std::vector<std::string>& into) const {
  const Node& node = nodes_[id];
  if (!sets_[id]->contains(member) || !seen.insert(id).second) return;
  switch (node.op) {
    case Op::pattern:
    case Op::types: into.push_back(node.text); return;
    case Op::fts: std::ranges::move(fts_.reasons(node.number, member), std::back_inserter(into)); return;
    case Op::rest: into.emplace_back("rest"); return;
    case Op::everything: into.emplace_back("all"); return;
    case Op::under: return;
    case Op::subtract:
    case Op::where: return collect_reasons(node.operands.front(), member, seen, into);
    default:
      for (const SelectionId operand : node.operands) collect_reasons(operand, member, seen, into);
  }
}

}  // namespace fts::resolve
