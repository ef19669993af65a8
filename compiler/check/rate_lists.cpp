// Lists of a scheduler with one value a group: of one length, and as long as there are groups while it is in force.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/check/common.hpp"

namespace fts::check {

namespace {

constexpr std::string_view kLists[] = {"lr_lambda", "base_lr", "max_lr", "base_momentum", "max_momentum", "min_lr"};

std::string in_number(const GroupCount& groups) {
  return groups.most == 1 ? fmt::format("is {} group", in_words(groups))
                          : fmt::format("are {} groups", in_words(groups));
}

void check_lists(const Context& context, const resolve::Spec& scheduler, const GroupCount& groups) {
  const std::vector<resolve::Value>* first = nullptr;
  std::string_view first_name;
  for (const auto name : kLists) {
    const auto* list = given_list(scheduler, name);
    if (list == nullptr || (first != nullptr && list->size() == first->size())) continue;
    if (first == nullptr && groups.holds(list->size())) {
      first = list;
      first_name = name;
      continue;
    }
    const std::string other = first == nullptr ? fmt::format("there {}", in_number(groups))
                                               : fmt::format("{} has {}", first_name, first->size());
    context.diagnostics
        .report(Code::conflicting_arguments, scheduler.arguments.value(name)->span,
                fmt::format("{} has {} value{}, and {}", name, list->size(), list->size() == 1 ? "" : "s", other))
        .help = "give one value for all groups, or one a group";
    return;
  }
  const auto* parts = given_list(scheduler, "schedulers");
  if (parts == nullptr) return;
  for (const auto& part : *parts) {
    if (const auto* spec = part.as<resolve::Spec>()) check_lists(context, *spec, groups);
  }
}

}  // namespace

void rate_lists(const Context& context) {
  const auto& program = context.program;
  if (program.schedule == nullptr) return;
  const auto& phases = program.phases;
  const bool fts = replays_fts(program);
  if (const auto* each = spec_of(*program.schedule, "reinit_lr_cfg")) check_lists(context, *each, {});
  const auto* scheduler = spec_of(*program.schedule, "lr_scheduler");
  if (phases.empty() && scheduler != nullptr) check_lists(context, *scheduler, {});
  const auto counts = group_counts_with_own(context);
  bool known = !fts || spec_of(*program.schedule, "optimizer") != nullptr;
  for (std::size_t begin = 0, end = 0; begin < phases.size(); begin = end) {  // [begin, end): one scheduler's phases
    const auto* own = spec_of(*phases[begin].body, "lr_scheduler");
    if (own != nullptr) scheduler = own;
    for (end = begin; end < phases.size(); ++end) {
      if (end > begin && spec_of(*phases[end].body, "lr_scheduler") != nullptr) break;
      known = known && !faulty(context, phases[end]);
    }
    if (scheduler == nullptr) continue;
    // FTS builds the first one on the program's own groups, and gives a group that joins later no value of its own.
    const bool countable = known && !(fts && begin == 0);
    const GroupCount groups{counts[begin].least, counts[fts ? begin : end - 1].most};
    check_lists(context, *scheduler, countable ? groups : GroupCount{});
  }
}

}  // namespace fts::check
