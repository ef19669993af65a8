#include "compiler/driver/init.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "compiler/driver/compile.hpp"
#include "compiler/driver/family.hpp"
#include "compiler/driver/init_parts.hpp"
#include "grammar/format.hpp"
#include "grammar/grammar.hpp"

namespace fts::driver {

namespace {

using init::Names;
using init::PhaseText;
using resolve::Set;

// Selections tried on the model before they are written.
class Trial {
 public:
  Trial(const graph::ParamGraph& graph, std::string head) : graph_(graph), head_(std::move(head)) {}

  // nullopt: the selection matches nothing, or cannot be read.
  [[nodiscard]] const std::optional<Set>& select(const std::string& selection) const {
    const auto [at, fresh] = tried_.try_emplace(selection);
    if (fresh && !selection.empty()) at->second = compiled(selection);
    return at->second;
  }

  [[nodiscard]] bool has(const std::string& selection) const { return select(selection).has_value(); }

 private:
  [[nodiscard]] std::optional<Set> compiled(const std::string& selection) const {
    Compilation out;
    const std::string text = fmt::format("{}schedule {{\n phase a {{ thaw = {} }}\n}}\n", head_, selection);
    compile_into(out.sources->add("init.fts", text), graph_, {}, out);
    if (out.program->phases.empty()) return std::nullopt;
    const auto thaw = out.program->phases.front().thaw;
    const auto& selections = out.program->selections;
    if (selections.faulty(thaw) || selections.set(thaw).empty()) return std::nullopt;
    return selections.set(thaw);
  }

  const graph::ParamGraph& graph_;
  std::string head_;
  mutable std::map<std::string, std::optional<Set>> tried_;
};

// Phases that are disjoint: one that meets an earlier one is left out. What the model has frozen stays so.
class Phases {
 public:
  Phases(const graph::ParamGraph& graph, const Trial& trial)
      : graph_(graph), trial_(trial), frozen_(graph.parameter_count()), left_(graph.parameter_count(), true) {
    for (graph::ParamId p = 0; p < graph.parameter_count(); ++p) {
      if (!graph.parameter(p).requires_grad) frozen_.insert(p);
    }
  }

  void add(PhaseText phase) {
    const auto set = phase.thaw == "rest" ? std::optional(left_) : trial_.select(phase.thaw);
    if (!set) return;
    const Set trained = (*set & left_) - frozen_;
    if (trained.empty() || !((*set - frozen_) - left_).empty()) return;
    if (!(*set & frozen_).empty()) {
      const bool single = phase.thaw.find('|') == std::string::npos;
      phase.thaw = single ? phase.thaw + " - frozen" : "(" + phase.thaw + ") - frozen";
    }
    left_ -= resolve::with_ties(trained, graph_);
    if (!(resolve::with_ties(trained, graph_) - trained).empty() && phase.thaw != "rest") phase.tied = true;
    phases_.push_back(std::move(phase));
  }

  [[nodiscard]] const std::vector<PhaseText>& all() const { return phases_; }

 private:
  const graph::ParamGraph& graph_;
  const Trial& trial_;
  Set frozen_;
  Set left_;
  std::vector<PhaseText> phases_;
};

// How many layers these parameters belong to: the values of the first numbered piece of their names that differs.
std::size_t layer_count(const Set& parameters, const graph::ParamGraph& graph) {
  std::vector<std::set<std::string_view>> numbered;  // by place, the pieces that end with a digit
  for (const auto p : parameters.members()) {
    const auto name = graph.parameter(p).name;
    std::size_t place = 0;
    for (std::size_t b = 0; b < name.size(); ++place) {
      const std::size_t e = std::min(name.find('.', b), name.size());
      if (numbered.size() <= place) numbered.resize(place + 1);
      if (e > b && name[e - 1] >= '0' && name[e - 1] <= '9') numbered[place].insert(name.substr(b, e - b));
      b = e + 1;
    }
  }
  const auto first =
      std::find_if(numbered.begin(), numbered.end(), [](const auto& pieces) { return pieces.size() > 1; });
  return first == numbered.end() ? 1 : first->size();
}

// A head that is pretrained with the rest of the model: of a language model, or CLIP's projections.
bool is_pretrained_head(const Set& parameters, const graph::ParamGraph& graph) {
  constexpr std::string_view kPieces[] = {"lm_head",        "proj_out", "embed_out",       "cls",
                                          "decoder",        "output",   "vocab_projector", "visual_projection",
                                          "text_projection"};
  for (const auto p : parameters.members()) {
    const std::string name = "." + std::string(graph.parameter(p).name);
    for (const auto piece : kPieces) {
      if (name.find(fmt::format(".{}.", piece)) != std::string::npos) return true;
    }
  }
  return false;
}

void add_first(Phases& phases, const graph::ParamGraph& graph, const Trial& trial, const init::First& first) {
  const auto leading = trial.select(first.parts.front());
  if (!leading || (first.name == "head" && is_pretrained_head(*leading, graph))) return;
  std::string thaw;
  for (const auto& part : first.parts) {
    if (trial.has(part)) thaw += (thaw.empty() ? "" : " | ") + part;
  }
  phases.add({first.name, thaw, first.lr, first.why});
}

// What is special first, then a quarter of the layers from the output, then the rest.
void add_phases(Phases& phases, const graph::ParamGraph& graph, const Trial& trial, const Names& names) {
  for (const auto& first : names.first) add_first(phases, graph, trial, first);
  const auto layers = trial.select(names.layers);
  if (const auto count = layers ? layer_count(*layers, graph) : 0; count >= 2) {
    const std::string from = count < 8 ? "" : fmt::format("-{}..", count / 4);
    phases.add({"top", fmt::format("{}[{}-1]", names.layers, from), "base_lr", "the layers nearest the output"});
  }
  const bool alone = phases.all().empty();
  phases.add({alone ? "whole" : "others", "rest", alone ? "" : "base_lr / 2", "everything else"});
}

// The first plan for sharding with which the file gets no diagnostic; empty: there is none.
std::string plan_that_fits(Names names, const graph::ParamGraph& graph, const std::string& file) {
  for (const auto& plan : names.fsdp_plans) {
    names.fsdp_plan = plan;
    Compilation out;
    compile_into(out.sources->add("init.fts", file + init::sharded_strategy(names)), graph, {}, out);
    if (out.diagnostics.all().empty()) return plan;
  }
  return {};
}

std::string formatted(const std::string& text) {
  Diagnostics none;
  return grammar::format(grammar::parse(0, text, none), text);
}

std::string text_with(Names names, const graph::ParamGraph& graph, const Trial& trial, const std::string& graph_path) {
  Phases phases(graph, trial);
  add_phases(phases, graph, trial, names);
  if (!trial.has(names.no_decay)) names.no_decay.clear();
  names.fsdp_plan = plan_that_fits(names, graph, init::file_text(graph, graph_path, names, phases.all()));
  return formatted(init::file_text(graph, graph_path, names, phases.all()));
}

}  // namespace

std::string initial_file(const graph::ParamGraph& graph, const InitOptions& options) {
  if (const auto family = family_of(graph, options.architecture)) {
    const Names names = init::names_of(*family);
    const Trial trial(graph, names.definitions);
    // else the model has the family's class, but not its names
    if (trial.has(names.layers)) return text_with(names, graph, trial, options.graph_path);
  }
  const Names names = init::names_by_structure(graph);
  return text_with(names, graph, Trial(graph, names.definitions), options.graph_path);
}

}  // namespace fts::driver
