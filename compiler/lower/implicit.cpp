// FTS's default schedule: all parameters, frozen ones too, from the last to the first, two a phase.
#include <fmt/format.h>

#include "compiler/lower/parts.hpp"

namespace fts::lower {

std::vector<plan::Phase> implicit_phases(const GroupContext& context, const std::optional<plan::Monitor>& monitor) {
  const graph::ParamGraph& graph = *context.graph;
  const auto order = first_names(resolve::Set(graph.parameter_count(), true), graph).members();
  std::vector<plan::Phase> phases;
  for (std::size_t end = order.size(); end > 0; end -= std::min<std::size_t>(2, end)) {
    resolve::Set pair(graph.parameter_count());
    for (std::size_t i = end; i > 0 && i + 2 > end; --i) pair.insert(order[i - 1]);
    plan::Phase phase;
    phase.depth = static_cast<int>(phases.size());
    phase.name = fmt::format("phase_{}", phase.depth);
    phase.thaw = with_ties(pair, graph).members();
    phase.until = lower_until(nullptr, monitor);
    const auto add = [&](std::string name, const resolve::Set& parameters, bool decay) {
      if (parameters.empty() && !(context.compat_fts && context.no_decay)) return;
      plan::Group group{std::move(name), parameters.members(), nlohmann::json::object()};
      const bool later = phase.depth > 0;
      const auto* optimizer =
          later && context.reinit_optimizer != nullptr ? context.reinit_optimizer : context.optimizer;
      if (later) group.arguments["lr"] = context.base_max_lr;
      if (optimizer != nullptr) {
        if (!later || context.new_optimizer_lr) group.arguments["lr"] = optimizer->arguments.at("lr");
        if (optimizer->arguments.contains("weight_decay"))
          group.arguments["weight_decay"] = decay ? optimizer->arguments.at("weight_decay") : nlohmann::json(0.0);
      }
      phase.groups.push_back(std::move(group));
    };
    add(phase.name, context.no_decay ? pair - *context.no_decay : pair, true);
    if (context.no_decay) add(phase.name + ".no_decay", pair & *context.no_decay, false);
    phases.push_back(std::move(phase));
  }
  return phases;
}

}  // namespace fts::lower
