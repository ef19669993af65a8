// monitor = … and checkpoint = …: what FTSEarlyStopping and FTSCheckpoint say.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/interop/blocks.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

bool given_above_zero(const Yaml& arguments, std::string_view name) {
  const Yaml* value = arguments.given(name);
  return value != nullptr && value->is_number() && value->real > 0;
}

// Whether a phase follows another, as far as the YAML says: an implicit schedule has several.
bool moves_on(const Configuration& c, const Yaml* schedule) {
  const Yaml* depth = argument(c, "max_depth");
  return (schedule == nullptr || schedule->entries.size() > 1) &&
         !(depth != nullptr && depth->is(Kind::integer) && (depth->integer == 0 || depth->integer < -1));
}

// FTS goes on without the optimizer's state if anything is made anew.
bool makes_anew(const Configuration& c, const Yaml* schedule) {
  for (const char* name : {"reinit_optim_cfg", "reinit_lr_cfg"}) {
    if (const Yaml* value = argument(c, name); value != nullptr && value->truthy()) return true;
  }
  if (schedule == nullptr) return false;
  return std::any_of(schedule->entries.begin(), schedule->entries.end(), [](const auto& phase) {
    const Yaml* optimizer = phase.second.find("new_optimizer");
    const Yaml* scheduler = phase.second.find("new_lr_scheduler");
    return (optimizer != nullptr && optimizer->truthy()) || (scheduler != nullptr && scheduler->truthy());
  });
}

void check_restorable(const Context& context, const Configuration& c, const Yaml* schedule) {
  const Yaml& checkpoint = *c.checkpoint;
  if (checkpoint.given("monitor") == nullptr && !c.plain_checkpoint)
    context.refuse(checkpoint, "FTSCheckpoint has no monitor, so there is no best checkpoint to restore",
                   "write monitor: val_loss, or restore_best: false");
  const Yaml* weights = checkpoint.given("save_weights_only");
  if (weights != nullptr && weights->truthy() && moves_on(c, schedule) && !makes_anew(c, schedule))
    context.refuse(*weights, "save_weights_only leaves out the optimizer's state, and restoring the best one fails",
                   "leave it out, or write restore_best: false");
}

// What Lightning's constructor refuses of save_top_k.
void check_kept(const Context& context, const Yaml& checkpoint) {
  const Yaml* kept = checkpoint.find("save_top_k");
  if (kept == nullptr) return;
  if (kept->is(Kind::null))
    context.refuse(*kept, "save_top_k is null, and Lightning fails on that", "write save_top_k: 1, or leave it out");
  if (kept->is(Kind::integer) && kept->integer > 1 && checkpoint.given("monitor") == nullptr)
    context.refuse(*kept, fmt::format("save_top_k is {}, but no monitor says what is best", kept->text),
                   "write monitor: val_loss");
}

}  // namespace

void write_monitor(const Context& context, const Configuration& c, Writer& writer) {
  std::vector<Attribute> settings;
  const Yaml* monitor = nullptr;
  if (c.early_stopping != nullptr) {
    monitor = c.early_stopping->given("monitor");
    if (monitor == nullptr)
      context.refuse(*c.early_stopping, "FTSEarlyStopping needs a monitor", "write monitor: val_loss");
    for (const char* name :
         {"mode", "patience", "min_delta", "check_finite", "stopping_threshold", "divergence_threshold"}) {
      const Yaml* value = c.early_stopping->given(name);
      if (value == nullptr) continue;
      settings.push_back(
          {name, value->is(Kind::string) && is_identifier(value->text) ? value->text : value_text(context, *value)});
    }
  }
  const std::string head = "monitor = " + metric_text(monitor == nullptr ? "val_loss" : monitor->as_text());
  writer.line(settings.empty() ? head : head + " " + body_text(settings));
}

void write_checkpoint(const Context& context, const Configuration& c, const Yaml* schedule, Writer& writer) {
  if (c.checkpoint == nullptr) return;
  const Yaml* restore = argument(c, "restore_best");
  const bool restores = restore == nullptr || restore->truthy();
  if (restores) check_restorable(context, c, schedule);
  check_kept(context, *c.checkpoint);
  if (given_above_zero(*c.checkpoint, "every_n_epochs") && given_above_zero(*c.checkpoint, "every_n_train_steps"))
    context.refuse(*c.checkpoint->find("every_n_train_steps"),
                   "every_n_epochs and every_n_train_steps both say when to save", "leave one of them out");
  if (restores && given_above_zero(*c.checkpoint, "every_n_train_steps"))
    context.warn(
        Code::not_carried_over, *c.checkpoint->find("every_n_train_steps"),
        "FTS may restore a checkpoint from the midst of an epoch, judged by the metric of the epoch before; here "
        "the best one is that of an epoch's end",
        "write every_n_epochs, or restore_best: false");
  std::vector<Attribute> settings;
  if (c.plain_checkpoint && c.checkpoint->given("monitor") == nullptr) {
    settings.push_back({"monitor", "val_loss"});
    context.warn(Code::read_otherwise, *c.checkpoint,
                 "FTS replaces this ModelCheckpoint by an FTSCheckpoint, which monitors val_loss where none is given",
                 "write monitor: val_loss");
  }
  const std::pair<const char*, const char*> names[] = {{"monitor", "monitor"},
                                                       {"save_top_k", "save_top_k"},
                                                       {"mode", "mode"},
                                                       {"every_n_epochs", "every_n_epochs"},
                                                       {"every_n_train_steps", "every_n_steps"},
                                                       {"save_last", "save_last"},
                                                       {"save_on_train_epoch_end", "save_on_train_epoch_end"}};
  for (const auto& [python, ours] : names) {
    const Yaml* value = c.checkpoint->given(python);
    if (value == nullptr) continue;
    const bool word = value->is(Kind::string) && std::string_view(python) == "mode" && is_identifier(value->text);
    settings.push_back({ours, std::string_view(python) == "monitor" ? metric_text(value->as_text())
                              : word                                ? value->text
                                                                    : value_text(context, *value)});
  }
  if (!settings.empty()) writer.line("checkpoint = " + body_text(settings));
}

}  // namespace fts::interop
