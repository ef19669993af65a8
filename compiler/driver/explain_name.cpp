#include "compiler/driver/explain_name.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/driver/explain_units.hpp"

namespace fts::driver {

namespace {

using graph::kNone;

std::string shape_in_words(const graph::Parameter& p) {
  if (!p.shape_known) return "of unknown shape";
  std::string words;
  for (const auto d : p.shape) words += (words.empty() ? "" : " x ") + std::to_string(d);
  return words.empty() ? "scalar" : words;
}

bool contains(const std::vector<std::uint32_t>& positions, std::uint32_t id) {
  return std::binary_search(positions.begin(), positions.end(), id);
}

class Explanation {
 public:
  explicit Explanation(const Compilation& c) : c_(c), graph_(*c.graph), plan_(*c.plan) {}

  std::string parameter(graph::ParamId id) {
    const auto p = graph_.parameter(id);
    line(0, "{}: {} of {}, {} elements", p.name, shape_in_words(p), graph::name(p.dtype), p.numel);
    const auto module = graph_.module(p.module);
    if (!module.name.empty())
      line(1, "in {}{}", module.name, module.type.empty() ? "" : fmt::format(", a {}", module.type));
    if (p.tied_to != kNone) line(1, "shares its tensor with {}", graph_.parameter(p.tied_to).name);
    if (!p.requires_grad) line(1, "the model has it frozen (requires_grad = false)");
    phases({id});
    strategies(p.module, id);
    return std::move(out_);
  }

  std::string module(graph::ModuleId id) {
    const auto m = graph_.module(id);
    const auto below = parameters_under(id);
    std::int64_t elements = 0;
    for (const auto p : below) elements += graph_.parameter(p).tied_to == kNone ? graph_.parameter(p).numel : 0;
    line(0, "{}: {}, {} parameters, {} elements", m.name.empty() ? "the root" : m.name,
         m.type.empty() ? "a module" : m.type, below.size(), elements);
    phases(below);
    strategies(id, kNone);
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void line(int level, fmt::format_string<Args...> format, Args&&... args) {
    out_ +=
        std::string(static_cast<std::size_t>(2 * level), ' ') + fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  [[nodiscard]] std::vector<graph::ParamId> parameters_under(graph::ModuleId module) const {
    std::vector<graph::ParamId> below;
    for (graph::ParamId id = 0; id < graph_.parameter_count(); ++id) {
      auto m = graph_.parameter(id).module;
      while (m != kNone && m != module) m = graph_.module(m).parent;
      if (m == module) below.push_back(id);
    }
    return below;
  }

  // "minilm.fts:12: thaw = rest", for a thing that the file says.
  [[nodiscard]] std::string place(Span span, std::string_view name) const {
    const auto& file = c_.sources->file(span.file);
    const std::string text(c_.sources->text(span));
    const bool whole = text.find('\n') == std::string::npos;
    return fmt::format("{}:{}: {} = {}{}", file.path(), file.position(span.begin).line, name,
                       text.substr(0, text.find('\n')), whole ? "" : " …");
  }
  [[nodiscard]] std::string attribute_place(const resolve::Body* body, std::string_view name) const {
    const auto* value = body == nullptr ? nullptr : body->given(name);
    return value == nullptr ? "" : " (" + place(value->span, name) + ")";
  }

  void phases(const std::vector<graph::ParamId>& ids) {
    std::size_t thawed = 0;
    for (const auto& phase : plan_.schedule.phases) {
      const auto count = [&](const auto& set) {
        return static_cast<std::size_t>(
            std::count_if(ids.begin(), ids.end(), [&](auto id) { return contains(set, id); }));
      };
      const std::size_t here = count(phase.thaw), frozen = count(phase.freeze);
      thawed += here;
      if (here != 0) thaws(phase, ids, here);
      if (frozen != 0) {
        line(1, "phase {} '{}' freezes {} again{}", phase.depth, phase.name, amount(frozen, ids.size()),
             attribute_place(written(phase) ? written(phase)->body : nullptr, "freeze"));
      }
    }
    if (thawed == 0) {
      line(1, "no phase thaws {}: {} frozen", ids.size() == 1 ? "it" : "any of them",
           ids.size() == 1 ? "it stays" : "they stay");
    } else if (thawed < ids.size()) {
      line(1, "no phase thaws {} of them", ids.size() - thawed);
    }
  }

  [[nodiscard]] static std::string amount(std::size_t part, std::size_t all) {
    return all == 1 ? "it" : part == all ? fmt::format("all {}", all) : fmt::format("{} of {}", part, all);
  }

  [[nodiscard]] const resolve::Phase* written(const plan::Phase& phase) const {
    const auto& all = c_.program->phases;
    const auto depth = static_cast<std::size_t>(phase.depth);
    return plan_.schedule.implicit || depth >= all.size() ? nullptr : &all[depth];
  }

  void thaws(const plan::Phase& phase, const std::vector<graph::ParamId>& ids, std::size_t here) {
    const auto* source = written(phase);
    line(1, "phase {} '{}' thaws {}{}", phase.depth, phase.name, amount(here, ids.size()),
         attribute_place(source ? source->body : nullptr, "thaw"));
    if (source != nullptr && ids.size() == 1) {
      for (const auto& reason : c_.program->selections.reasons(source->thaw, ids.front()))
        line(2, "matched by {}", reason);
    }
    const auto depth = static_cast<std::size_t>(phase.depth);
    for (const auto& group : phase.groups) {
      const auto in_group =
          std::count_if(ids.begin(), ids.end(), [&](auto id) { return contains(group.parameters, id); });
      if (in_group != 0) settings(group, ids.size() == 1 ? 0 : static_cast<std::size_t>(in_group), source);
    }
    if (const auto* optimizer = plan::optimizer_in_force(plan_.schedule, depth))
      line(2, "optimizer {}", spec(*optimizer));
    if (const auto* scheduler = plan::lr_scheduler_in_force(plan_.schedule, depth))
      line(2, "lr_scheduler {}", spec(*scheduler));
    line(2, "until {}{}", plan::describe(phase.until), attribute_place(source ? source->body : nullptr, "until"));
  }

  void settings(const plan::Group& group, std::size_t count, const resolve::Phase* source) {
    line(2, "group {}{}", group.name, count == 0 ? "" : fmt::format(": {} of them", count));
    for (const auto& [key, value] : group.arguments.items()) {
      std::string where = attribute_place(source ? source->body : nullptr, key);
      if (key == "weight_decay" && group.name.ends_with(".no_decay"))
        where = attribute_place(c_.program->schedule, "no_decay");
      line(3, "{} = {}{}", key, value.dump(), where);
    }
  }

  [[nodiscard]] static std::string spec(const plan::Spec& s) {
    std::string arguments;
    for (const auto& [key, value] : s.arguments.items())
      arguments += fmt::format("{} {} = {}", arguments.empty() ? "" : ",", key, value.dump());
    return s.name + (arguments.empty() ? "" : " {" + arguments + " }");
  }

  // Of every strategy the unit, and the rules that take the module, one around it, or the parameter itself.
  void strategies(graph::ModuleId module, graph::ParamId parameter) {
    for (const auto& strategy : c_.program->strategies) {
      bool named = false;
      if (const auto unit = unit_place(c_, strategy, module, parameter)) {
        if (!std::exchange(named, true)) line(1, "strategy '{}':", strategy.name);
        line(2, "{}{}", unit->words, unit->attribute.empty() ? "" : " (" + place(unit->span, unit->attribute) + ")");
      }
      for (const auto& entry : strategy.body->entries) {
        const auto* rules = entry.value->as<resolve::Body>();
        for (const auto& rule : rules == nullptr ? std::vector<resolve::RuleEntry>{} : rules->rules) {
          const std::string taken = takes(rule.selection, module, parameter);
          if (taken.empty()) continue;
          if (!std::exchange(named, true)) line(1, "strategy '{}':", strategy.name);
          const auto& file = c_.sources->file(rule.span.file);
          line(2, "{} {} ({}:{}: {} => {})", entry.name, taken, file.path(), file.position(rule.span.begin).line,
               c_.sources->text(rule.span), c_.sources->text(rule.value->span));
        }
      }
    }
  }

  [[nodiscard]] std::string takes(resolve::SelectionId selection, graph::ModuleId module,
                                  graph::ParamId parameter) const {
    const auto& set = c_.program->selections.set(selection);
    if (c_.program->selections.domain(selection) == resolve::Domain::parameters)
      return parameter != kNone && set.contains(parameter) ? "takes it" : "";
    for (auto m = module; m != kNone; m = graph_.module(m).parent) {
      if (!set.contains(m)) continue;
      const auto name = graph_.module(m).name;
      if (m == module && parameter == kNone) return "takes it";
      return name.empty() ? "takes the root" : fmt::format("takes {}", name);
    }
    return {};
  }

  const Compilation& c_;
  const graph::ParamGraph& graph_;
  const plan::Plan& plan_;
  std::string out_;
};

}  // namespace

std::string explain_name(const Compilation& compilation, const std::string& name) {
  if (const auto id = compilation.graph->find_parameter(name)) return Explanation(compilation).parameter(*id);
  if (const auto id = compilation.graph->find_module(name)) return Explanation(compilation).module(*id);
  return {};
}

}  // namespace fts::driver
