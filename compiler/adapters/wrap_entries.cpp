// What auto_wrap_policy and awp_overrides name: types that the model has, modules that can be units, each once.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/adapters/layouts.hpp"
#include "compiler/adapters/unit_checks.hpp"
#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/fts_entries.hpp"

namespace fts::adapters {

namespace {

void check_types(const StrategyContext& context, const resolve::Value& policy,
                 const std::set<std::string_view>& known) {
  const auto* spec = policy.as<resolve::Spec>();
  if (spec == nullptr) return;
  for (const auto& each : spec->variadic) {
    check_types(context, each, known);
    const auto* text = each.as<resolve::Text>();
    if (text == nullptr || known.contains(short_type(text->text))) continue;
    auto& d = context.check.diagnostics.report(Code::no_match, each.span,
                                               fmt::format("no module of the model has the type '{}'", text->text));
    const auto near = nearest(short_type(text->text), {known.begin(), known.end()});
    d.help = near.empty() ? "`ftsc graph` lists the model's modules with their types" : did_you_mean(near);
  }
}

// Resolving has said so of the pattern itself.
bool takes_more_is_said(const StrategyContext& context, Span element) {
  const auto& all = context.check.diagnostics.all();
  return std::any_of(all.begin(), all.end(), [&](const Diagnostic& d) {
    return (d.code == Code::takes_more || d.code == Code::entry_takes_more) && d.span.file == element.file &&
           d.span.begin >= element.begin && d.span.end <= element.end;
  });
}

// Takes out those that an fts(…) says: 'h.(1|10)' says 'h.10', 'h.1.*' does not.
void drop_said(const graph::ParamGraph& graph, const resolve::FtsCall& call, std::vector<ModuleId>& modules) {
  for (const auto& entry : call.entries) {
    std::vector<std::string_view> names;
    for (const ModuleId m : modules) names.push_back(graph.module(m).name);
    const auto said = resolve::match_fts_entries({{entry.text, true}}, names).front().said;
    std::vector<ModuleId> left;
    for (std::size_t i = 0; i < modules.size(); ++i) {
      if (!said.contains(i)) left.push_back(modules[i]);
    }
    modules = std::move(left);
  }
}

// Whether a regex reaches farther than it says: it takes a module with what is inside it, and so of a sibling whose
// name is longer ('h.1.*' takes 'h.10' too).
bool reaches_siblings(const StrategyContext& context, const resolve::Value& element, resolve::SelectionId id) {
  const auto& graph = context.graph();
  const resolve::Set& taken = context.check.program.selections.set(id);
  std::set<ModuleId> whole;  // with a module inside that is taken too
  for (const ModuleId m : taken.members()) {
    const ModuleId parent = m == 0 ? 0 : graph.module(m).parent;
    if (parent != 0 && taken.contains(parent)) whole.insert(parent);
  }
  std::map<ModuleId, std::vector<ModuleId>> siblings;  // by parent
  for (const ModuleId m : whole) siblings[graph.module(m).parent].push_back(m);
  for (const auto& [parent, group] : siblings) {
    ModuleId shortest = group.front();
    for (const ModuleId m : group) {
      if (graph.module(m).name.size() < graph.module(shortest).name.size()) shortest = m;
    }
    const std::string_view name = graph.module(shortest).name;
    std::vector<ModuleId> longer;
    for (const ModuleId m : group) {
      const std::string_view other = graph.module(m).name;
      if (other.size() > name.size() && other.starts_with(name) &&
          std::isdigit(static_cast<unsigned char>(other[name.size()])) != 0)
        longer.push_back(m);
    }
    if (longer.size() + 1 < group.size()) continue;  // another sibling is taken: it is not this name that goes on
    if (const auto* call = context.check.program.selections.fts_call(id)) drop_said(graph, *call, longer);
    if (longer.empty()) continue;
    if (takes_more_is_said(context, element.span)) return true;
    context
        .report_lenient(Code::takes_submodules, element.span,
                        fmt::format("the override takes {} and what is inside it, but also {} with theirs",
                                    name_of_module(graph, shortest), modules_in_words(graph, longer)))
        .help = "a regex goes on behind what it says: end it with $, where the module's name ends";
    return true;
  }
  return false;
}

// One element of awp_overrides.
void check_override(const StrategyContext& context, const resolve::Value& element, resolve::SelectionId id,
                    const resolve::Set& ignored, resolve::Set& named) {
  const auto& graph = context.graph();
  std::vector<ModuleId> containers, out, again, idle;
  for (const ModuleId m : context.check.program.selections.set(id).members()) {
    const auto unit = context.layout.unit_at[m];
    if (is_container(graph.module(m))) {
      containers.push_back(m);
    } else if (ignored.contains(m)) {
      out.push_back(m);
    } else if (m == 0 || named.contains(m)) {
      again.push_back(m);
    } else if (unit != kNone && context.layout.units[unit].parameters.empty()) {
      idle.push_back(m);
    }
    named.insert(m);
  }
  if (context.compat() && reaches_siblings(context, element, id)) return;
  auto& diagnostics = context.check.diagnostics;
  if (!containers.empty()) {
    context
        .report_lenient(Code::container_unit, element.span,
                        fmt::format("{} cannot be a unit: a module list is never called, so nothing would gather it",
                                    modules_in_words(graph, containers)))
        .help = "name the modules in it";
  }
  if (!out.empty()) {
    diagnostics
        .report(Code::redundant_override, element.span,
                fmt::format("{} is inside ignored_modules, so it becomes no unit", modules_in_words(graph, out)))
        .help = "take it out of one of the two";
  }
  if (!again.empty()) {
    diagnostics
        .report(Code::redundant_override, element.span,
                fmt::format("{} is a unit already", modules_in_words(graph, again)))
        .help = "name each module once; the root always is a unit";
  }
  if (!idle.empty()) {
    diagnostics
        .report(Code::redundant_override, element.span,
                fmt::format("{} holds no parameters that are not in units of their own", modules_in_words(graph, idle)))
        .help = "leave it out: the unit would be empty";
  }
}

}  // namespace

void wrap_entries(const StrategyContext& context) {
  const auto& graph = context.graph();
  const auto* policy = setting(context.strategy, "auto_wrap_policy");
  if (policy != nullptr && graph.has_types()) {
    std::set<std::string_view> known;
    for (ModuleId m = 0; m < graph.module_count(); ++m) known.insert(graph.module(m).type);
    check_types(context, *policy, known);
  }
  const auto* overrides = setting(context.strategy, "awp_overrides");
  const auto* list = overrides == nullptr ? nullptr : overrides->as<resolve::ListValue>();
  if (list == nullptr) return;
  if (context.compat() && (policy == nullptr || policy->as<resolve::Spec>() == nullptr)) {
    context.check.diagnostics
        .report(Code::redundant_override, overrides->span,
                "compat = fts: without an auto_wrap_policy the Python scheduler leaves awp_overrides out")
        .help = "name a policy, such as auto_wrap_policy = module_types(\"BertLayer\"), or leave out compat = fts";
    return;
  }
  const resolve::Set ignored = ignored_modules(context.check, context.strategy);
  resolve::Set named(graph.module_count());
  for (const auto& element : list->elements) {
    if (const auto* selected = element.as<resolve::Selected>()) {
      check_override(context, element, selected->id, ignored, named);
    }
  }
}

}  // namespace fts::adapters
