#include "compiler/interop/phases.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "compiler/base/code.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

void refuse_key(const Context& context, const Yaml& key, std::string message) {
  context.diagnostics.report(Code::bad_phase_key, key.span, std::move(message)).help =
      "phases are numbered 0, 1, 2, …, each once";
}

// int(key), as FTS converts it.
std::optional<std::int64_t> depth_of(const Context& context, const Yaml& key) {
  constexpr const char* kHelp = "write 0, 1, 2, …";
  if (key.is(Kind::integer)) return key.integer;
  if (key.is(Kind::boolean)) {
    context.warn(Code::read_otherwise, key,
                 fmt::format("FTS reads the phase key {} as {}", key.text, key.truth ? 1 : 0), kHelp);
    return key.truth ? 1 : 0;
  }
  if (key.is(Kind::real) && std::isfinite(key.real) && std::abs(key.real) < 1e9) {
    const auto depth = static_cast<std::int64_t>(key.real);
    if (static_cast<double>(depth) != key.real)
      context.warn(Code::read_otherwise, key, fmt::format("FTS cuts the phase key {} to {}", key.text, depth), kHelp);
    return depth;
  }
  if (const auto depth = key.is(Kind::string) ? python_int(key.text) : std::nullopt) {
    context.warn(Code::read_otherwise, key, fmt::format("FTS reads the phase key '{}' as {}", key.text, *depth), kHelp);
    return depth;
  }
  refuse_key(context, key, fmt::format("{} is no phase key", key.in_words()));
  return std::nullopt;
}

void check_contiguous(const Context& context, const std::vector<PhaseYaml>& phases) {
  bool good = true;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (i > 0 && phases[i].depth == phases[i - 1].depth) {
      auto& d =
          context.diagnostics.report(Code::bad_phase_key, phases[i].key->span,
                                     fmt::format("two phases have the key {}: one of them is lost", phases[i].depth));
      d.notes.push_back({"the other one", phases[i - 1].key->span});
      d.help = "phases are numbered 0, 1, 2, …, each once";
      return;
    }
    if (good && phases[i].depth != static_cast<std::int64_t>(i)) {
      good = false;
      refuse_key(context, *phases[i].key,
                 phases[i].depth < 0 ? fmt::format("the phase key {} is negative", phases[i].depth)
                                     : fmt::format("there is a phase {}, but no phase {}", phases[i].depth, i));
    }
  }
}

std::vector<std::string> entries_of(const Context& context, const PhaseYaml& phase) {
  std::vector<std::string> entries;
  const Yaml* params = phase.body->find("params");
  if (params == nullptr) return entries;
  if (params->is(Kind::map)) {
    context.warn(Code::read_otherwise, *params, "params is a mapping, of which FTS reads the keys",
                 "write one entry a line, each behind a '-'");
    for (const auto& [key, value] : params->entries) entries.push_back(key.as_text());
    return entries;
  }
  if (!params->is(Kind::list)) {
    context.refuse(*params, fmt::format("params is a list of names and regexes, not {}", params->in_words()),
                   "write one a line, each behind a '-'");
    return entries;
  }
  for (const auto& element : params->elements) {
    if (element.is(Kind::list) || element.is(Kind::map))
      context.refuse(element, fmt::format("an entry of params is a name or a regex, not {}", element.in_words()),
                     "quote what holds brackets or colons");
    else
      entries.push_back(element.as_text());
  }
  return entries;
}

// max_transition_epoch as the n of epoch(n); nothing: none, or it was refused.
std::optional<std::int64_t> epoch_of(const Context& context, const PhaseYaml& phase, bool epochs_only) {
  const Yaml* epoch = phase.body->find("max_transition_epoch");
  if (epoch == nullptr) return std::nullopt;
  if (epoch->is(Kind::boolean)) {
    context.warn(Code::read_otherwise, *epoch,
                 fmt::format("FTS reads max_transition_epoch {} as {}", epoch->text, epoch->truth ? 1 : 0),
                 "write a number");
    return epoch->truth ? 1 : 0;
  }
  if (epoch->is(Kind::real) && std::isnan(epoch->real) && !epochs_only) {  // no epoch is behind it
    context.warn(Code::read_otherwise, *epoch,
                 fmt::format("max_transition_epoch {} ends no phase: FTS takes it for none", epoch->text),
                 "write a whole number, or leave it out");
    return std::nullopt;
  }
  if (!epoch->is_number() || !std::isfinite(epoch->real) || std::abs(epoch->real) > 1e15) {
    context.refuse(*epoch, fmt::format("max_transition_epoch is {}, and no number of epochs", epoch->in_words()),
                   "write a whole number, or leave it out");
    return std::nullopt;
  }
  if (epoch->real < 0) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(epoch->real));
}

void write_rate(const Context& context, const PhaseYaml& phase, Writer& writer) {
  const Yaml* lr = phase.body->find("lr");
  if (lr == nullptr) return;
  if (phase.depth == 0)
    return context.warn(Code::ignored_by_fts, *lr, "FTS ignores the lr of phase 0: the optimizer's own counts",
                        "remove it");
  if (const auto value = rate(context, *lr, fmt::format("the lr of phase {}", phase.depth)))
    writer.line("lr = " + number_text(*value), *lr);
}

void write_new(const Context& context, const PhaseYaml& phase, const PhaseSettings& settings, Writer& writer) {
  const Yaml* optimizer = phase.body->find("new_optimizer");
  if (settings.reinit_optimizer != nullptr) {  // FTS does not look at the phases' own then, not even at phase 0's
    if (optimizer != nullptr)
      context.warn(Code::ignored_by_fts, *optimizer, "reinit_optim_cfg takes the place of this new_optimizer",
                   "remove one of them");
    optimizer = phase.depth > 0 ? settings.reinit_optimizer : nullptr;
  }
  if (optimizer != nullptr && optimizer->truthy()) {
    if (const auto text = new_optimizer_text(context, *optimizer)) writer.line("optimizer = " + *text, *optimizer);
  }
  const Yaml* scheduler = phase.body->find("new_lr_scheduler");
  if (scheduler != nullptr && scheduler->truthy()) {
    if (const auto text = new_lr_scheduler_text(context, *scheduler, false))
      writer.line("lr_scheduler = " + *text, *scheduler);
  }
}

void write_phase(const Context& context, const PhaseYaml& phase, const std::string& name,
                 const std::vector<std::string>& entries, const PhaseSettings& settings, Writer& writer) {
  writer.open("phase " + name);
  context.ignore_others(*phase.body, {"params", "max_transition_epoch", "lr", "new_optimizer", "new_lr_scheduler"},
                        fmt::format("phase {}", phase.depth));
  std::vector<std::string> arguments;
  for (const auto& entry : entries) arguments.push_back(string_literal(entry, true));
  if (arguments.empty())
    writer.line("thaw = none");
  else
    writer.call("thaw", "fts", arguments);
  if (const auto epoch = epoch_of(context, phase, settings.epoch_transitions_only))
    writer.line(fmt::format("until = {}epoch({})", settings.epoch_transitions_only ? "" : "plateau or ", *epoch),
                *phase.body->find("max_transition_epoch"));
  write_rate(context, phase, writer);
  write_new(context, phase, settings, writer);
}

}  // namespace

std::optional<std::vector<PhaseYaml>> phases_of(const Context& context, const Yaml& schedule) {
  if (!schedule.is(Kind::map) || schedule.entries.empty()) {
    context.refuse(schedule,
                   schedule.is(Kind::map) || schedule.is(Kind::null)
                       ? "the schedule has no phases"
                       : fmt::format("a schedule is a mapping of phases, not {}", schedule.in_words()),
                   "write 0: {params: […]}, 1: …");
    return std::nullopt;
  }
  std::vector<PhaseYaml> phases;
  for (const auto& [key, body] : schedule.entries) {
    const auto depth = depth_of(context, key);
    if (!body.is(Kind::map))
      context.refuse(body, fmt::format("phase {} is a mapping with params, not {}", key.as_text(), body.in_words()),
                     "write params: […]");
    else if (depth)
      phases.push_back({*depth, &key, &body});
  }
  const auto by_depth = [](const PhaseYaml& a, const PhaseYaml& b) { return a.depth < b.depth; };
  if (!std::is_sorted(phases.begin(), phases.end(), by_depth)) {
    std::stable_sort(phases.begin(), phases.end(), by_depth);
    context.warn(Code::read_otherwise, *phases.front().key,
                 "the phases stand out of order; they are taken by their keys",
                 "write them in order: FTS leaves parameters out of a new optimizer otherwise");
  }
  if (phases.size() == schedule.entries.size()) check_contiguous(context, phases);
  return phases;
}

void write_phases(const Context& context, const std::vector<PhaseYaml>& phases, const PhaseSettings& settings,
                  Writer& writer) {
  std::vector<std::vector<std::string>> entries;
  for (const auto& phase : phases) entries.push_back(entries_of(context, phase));
  const auto names = phase_names(entries);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    writer.blank();
    writer.comments_before(*phases[i].key);
    write_phase(context, phases[i], names[i], entries[i], settings, writer);
    const auto end =
        i + 1 < phases.size()
            ? context.sources.file(phases[i + 1].key->span.file).position(phases[i + 1].key->span.begin).line
            : ~std::uint32_t{0};
    writer.comments_inside(1, end);
    writer.close();
  }
}

}  // namespace fts::interop
