#include "runtime/bind/bind.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "runtime/bind/mismatch.hpp"

namespace fts::bind {

namespace {

using ByName = std::unordered_map<std::string_view, std::uint32_t>;

// One comparison of a module with a plan's model; each function reports one kind of difference.
struct Comparison {
  const plan::Plan& plan;
  const std::vector<NamedTensor>& ours;
  ByName ours_by_name;
  ByName plans_by_name;
  std::vector<Note> notes;
  NoteList list;

  Comparison(const plan::Plan& p, const std::vector<NamedTensor>& o) : plan(p), ours(o) {
    for (std::uint32_t i = 0; i < ours.size(); ++i) ours_by_name.emplace(ours[i].name, i);
    for (std::uint32_t i = 0; i < plan.parameters.size(); ++i) plans_by_name.emplace(plan.parameters[i].name, i);
  }

  const NamedTensor* find(const plan::Parameter& p) const {
    const auto it = ours_by_name.find(p.name);
    return it == ours_by_name.end() ? nullptr : &ours[it->second];
  }

  void missing_and_unexpected() {
    std::vector<std::string_view> spare;
    for (const auto& p : ours) {
      if (!plans_by_name.contains(p.name)) spare.push_back(p.name);
    }
    for (const auto& p : plan.parameters) {
      if (find(p) == nullptr) list.add(fmt::format("missing in the program: {}", with_suggestion(p.name, spare)));
    }
    list.flush(notes, "are missing");
    for (const auto name : spare) list.add(fmt::format("unknown to the plan: '{}'", name));
    list.flush(notes, "are unknown to the plan");
  }

  void shapes_and_dtypes() {
    for (const auto& p : plan.parameters) {
      const auto* own = find(p);
      if (own == nullptr || !p.shape_known) continue;
      if (own->tensor.sizes() != at::IntArrayRef(p.shape)) {
        list.add(fmt::format("'{}' is {} in the program and {} in the plan", p.name, shape_text(own->tensor.sizes()),
                             shape_text(p.shape)));
      }
    }
    list.flush(notes, "have another shape");
    for (const auto& p : plan.parameters) {
      const auto* own = find(p);
      if (own == nullptr || !p.shape_known || dtype_of(own->tensor) == p.dtype) continue;
      list.add(fmt::format("'{}' is {} in the program and {} in the plan", p.name, graph::name(dtype_of(own->tensor)),
                           graph::name(p.dtype)));
    }
    list.flush(notes, "have another dtype");
  }

  void ties() {
    for (const auto& p : plan.parameters) {
      const auto* own = find(p);
      if (own == nullptr) continue;
      const std::string here = own->tied_to ? ours[*own->tied_to].name : "";
      const std::string there = p.tied_to ? plan.parameters[*p.tied_to].name : "";
      if (here == there) continue;
      const auto text = [](const std::string& to) { return to.empty() ? "not tied" : fmt::format("tied to '{}'", to); };
      list.add(fmt::format("'{}' is {} in the program and {} in the plan", p.name, text(here), text(there)));
    }
    list.flush(notes, "are tied otherwise");
  }

  std::string help() const {
    std::vector<std::string_view> wanted, actual;
    for (const auto& p : plan.parameters) wanted.push_back(p.name);
    for (const auto& p : ours) actual.push_back(p.name);
    const auto prefix = common_prefix(wanted, actual);
    if (prefix.text.empty()) return "check and run with one model: write its graph with fts::write_graph";
    const auto* form = prefix.remove ? "every name of the program begins with '{}', which the plan's do not"
                                     : "every name of the plan begins with '{}', which the program's do not";
    return fmt::format(fmt::runtime(form), prefix.text) +
           ": open the session with the module that the graph was made of";
  }
};

}  // namespace

tl::expected<Bound, Error> bind(const std::vector<NamedTensor>& ours, const plan::Plan& plan) {
  Comparison comparison(plan, ours);
  comparison.missing_and_unexpected();
  comparison.shapes_and_dtypes();
  comparison.ties();
  if (const auto total = comparison.list.total(); total != 0) {
    auto error = make_error(
        Code::bind_mismatch,
        fmt::format("the program's model differs from the plan's in {} place{}", total, total == 1 ? "" : "s"),
        comparison.help());
    error.diagnostics.front().notes = std::move(comparison.notes);
    return tl::unexpected(std::move(error));
  }
  Bound bound;
  for (const auto& p : plan.parameters) {
    const auto* own = comparison.find(p);
    bound.parameters.push_back(own->tied_to ? ours[*own->tied_to].tensor : own->tensor);
  }
  return bound;
}

}  // namespace fts::bind
