// The phases, as FTS's schedule has them.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/interop/export_parts.hpp"
#include "compiler/interop/yaml_text.hpp"

namespace fts::interop {

namespace {

using nlohmann::ordered_json;
using Kind = resolve::Condition::Kind;

constexpr std::string_view kOwn[] = {"thaw", "freeze", "optimizer", "lr_scheduler", "until", "groups", "lr"};
constexpr std::string_view kLightning[] = {"interval", "frequency", "monitor"};
constexpr std::string_view kFts[] = {"init_pg_lrs", "use_current_optimizer_pg_lrs"};

template <std::size_t n>
bool among(const std::string_view (&names)[n], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The epoch by which phases end that end by epochs alone; nothing once that is not known before the run.
class Clock {
 public:
  void ends_at(std::int64_t epoch) { now_ = epoch; }
  void ends_after(std::int64_t epochs) { now_ = now_ ? std::optional(*now_ + epochs) : std::nullopt; }
  void unknown() { now_.reset(); }
  [[nodiscard]] std::optional<std::int64_t> now() const { return now_; }

 private:
  std::optional<std::int64_t> now_ = 0;
};

// One condition, or one of an `or`: what FTS has of it.
void add_condition(const ExportContext& context, const resolve::Condition& condition, Clock& clock, bool& plateau,
                   std::optional<std::int64_t>& epoch) {
  const auto earlier = [&](std::int64_t e) { epoch = epoch ? std::min(*epoch, e) : e; };
  switch (condition.kind) {
    case Kind::any:
      for (const auto& operand : condition.operands) add_condition(context, operand, clock, plateau, epoch);
      return;
    case Kind::plateau:
      plateau = true;
      if (condition.monitor)
        context.differs(condition.span,
                        "FTS has one FTSEarlyStopping for all phases, so this plateau takes the schedule's monitor",
                        "set the monitor and its patience in the schedule");
      return;
    case Kind::epoch: return earlier(condition.count);
    case Kind::epochs:
      if (const auto start = clock.now()) return earlier(*start + condition.count);
      return context.refuse(
          condition.span,
          "FTS counts epochs from the start of the run, and when this phase starts is not known before it",
          "write epoch(n)");
    case Kind::all:
    case Kind::step:
    case Kind::metric: break;
  }
  context.refuse(condition.span, "FTS ends a phase by a plateau or at an epoch, not by this",
                 "write plateau, epoch(n), or both with or");
}

std::optional<std::int64_t> transition_epoch(const ExportContext& context, const resolve::Phase& phase, Clock& clock) {
  const auto* until = phase.body->value("until");
  const auto* condition = until == nullptr ? nullptr : until->as<resolve::Condition>();
  bool plateau = condition == nullptr;
  std::optional<std::int64_t> epoch;
  if (condition != nullptr) add_condition(context, *condition, clock, plateau, epoch);
  const bool epochs_only = context.program.schedule->boolean("epoch_transitions_only").value_or(false);
  if (!plateau && !epochs_only)
    context.differs(until->span, fmt::format("FTS ends phase '{}' on a plateau too", phase.name),
                    "write epoch_transitions_only = true, and an epoch for each phase");
  if (epoch && !plateau)
    clock.ends_at(*epoch);
  else
    clock.unknown();
  return epoch;
}

void refuse_others(const ExportContext& context, const resolve::Phase& phase) {
  if (phase.freeze) context.refuse(phase.body->value("freeze")->span, "FTS freezes nothing again", "leave freeze out");
  if (phase.body->body("groups") != nullptr)
    context.refuse(phase.body->find("groups")->name_span, "FTS makes one group of a phase, or two by no_decay",
                   "make a phase of each group");
  for (const auto& entry : phase.body->entries) {
    if (entry.given && !among(kOwn, entry.name))
      context.refuse(entry.name_span, fmt::format("a phase of FTS has no '{}'", entry.name), "set it in the optimizer");
  }
}

std::optional<double> lr_of(const plan::Phase& phase) {
  if (phase.groups.empty()) return std::nullopt;
  const auto found = phase.groups.front().arguments.find("lr");
  return found == phase.groups.front().arguments.end() ? std::nullopt : std::optional(found->get<double>());
}

}  // namespace

std::vector<std::string> entries_of(const ExportContext& context, resolve::SelectionId selection) {
  std::vector<std::string> entries;
  const auto& selections = context.program.selections;
  if (const auto* call = selections.fts_call(selection)) {
    for (const auto& entry : call->entries) entries.push_back(entry.text);
    return entries;
  }
  const bool parameters = selections.domain(selection) == resolve::Domain::parameters;
  for (const auto member : selections.set(selection).members()) {
    if (!parameters)
      entries.emplace_back(context.graph.module(member).name);
    else if (context.graph.parameter(member).tied_to == graph::kNone)
      entries.emplace_back(context.graph.parameter(member).name);
  }
  return entries;
}

ordered_json class_init(const ExportContext& context, const resolve::Spec& spec) {
  const bool scheduler = resolve::find_spec(resolve::lr_schedulers(), spec.schema->name) != nullptr;
  ordered_json arguments = ordered_json::object();
  for (const auto& entry : spec.arguments.entries) {
    if (!entry.given || (scheduler && (among(kLightning, entry.name) || among(kFts, entry.name)))) continue;
    if (entry.value->as<resolve::Expression>() != nullptr)
      context.refuse(entry.value->span, "a lambda is Python code there, and YAML holds none",
                     "take another scheduler, or write the lambda in the program");
    arguments[entry.name] = resolve::to_json(*entry.value);
  }
  const char* module = scheduler ? "torch.optim.lr_scheduler." : "torch.optim.";
  return {{"class_path", module + spec.schema->class_name}, {"init_args", std::move(arguments)}};
}

ordered_json new_optimizer(const ExportContext& context, const resolve::Spec& spec) {
  return {{"optimizer_init", class_init(context, spec)}};
}

ordered_json new_lr_scheduler(const ExportContext& context, const resolve::Spec& spec) {
  if (!resolve::fts_supports(spec.schema->name))
    context.refuse(spec.arguments.span, fmt::format("FTS takes no '{}' as a new scheduler", spec.schema->name),
                   "take another one");
  ordered_json all = {{"lr_scheduler_init", class_init(context, spec)}};
  ordered_json lightning = ordered_json::object();
  for (const auto& entry : spec.arguments.entries) {
    if (!entry.given) continue;
    if (among(kLightning, entry.name)) lightning[entry.name] = resolve::to_json(*entry.value);
    if (among(kFts, entry.name)) all[entry.name] = resolve::to_json(*entry.value);
  }
  if (spec.schema->name == "reduce_on_plateau" && !lightning.contains("monitor") && context.plan.schedule.monitor)
    lightning["monitor"] = context.plan.schedule.monitor->metric;
  if (!lightning.empty()) all["pl_lrs_cfg"] = std::move(lightning);
  return all;
}

ordered_json phases_json(const ExportContext& context) {
  ordered_json all = ordered_json::object();
  const auto& plan = context.plan.schedule.phases;
  Clock clock;
  for (std::size_t i = 0; i < context.program.phases.size(); ++i) {
    const auto& phase = context.program.phases[i];
    refuse_others(context, phase);
    ordered_json out = {{"params", entries_of(context, phase.thaw)}};
    if (const auto epoch = transition_epoch(context, phase, clock)) out["max_transition_epoch"] = *epoch;
    if (const auto lr = i == 0 ? std::nullopt : lr_of(plan[i])) out["lr"] = *lr;
    const auto* optimizer = phase.body->given("optimizer");
    if (i > 0 && optimizer != nullptr) out["new_optimizer"] = new_optimizer(context, *optimizer->as<resolve::Spec>());
    const auto* scheduler = phase.body->given("lr_scheduler");
    if (i > 0 && scheduler != nullptr)
      out["new_lr_scheduler"] = new_lr_scheduler(context, *scheduler->as<resolve::Spec>());
    all[kIntegerKey + std::to_string(i)] = std::move(out);
  }
  return all;
}

}  // namespace fts::interop
