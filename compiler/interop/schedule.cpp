// schedule { … }: what FinetuningScheduler, its two callbacks, the optimizer and the trainer say.
#include <cmath>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/interop/blocks.hpp"
#include "compiler/interop/phases.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

constexpr std::string_view kScheduler[] = {"ft_schedule",
                                           "max_depth",
                                           "base_max_lr",
                                           "restore_best",
                                           "gen_ft_sched_only",
                                           "epoch_transitions_only",
                                           "reinit_optim_cfg",
                                           "reinit_lr_cfg",
                                           "strategy_adapter_cfg",
                                           "custom_strategy_adapters",
                                           "allow_untested",
                                           "apply_lambdas_new_pgs",
                                           "logging_level",
                                           "enforce_phase0_params",
                                           "frozen_bn_track_running_stats"};

bool is_true(const Yaml* value) { return value != nullptr && value->truthy(); }

void check_arguments(const Context& context, const Yaml& arguments) {
  const std::vector<std::string_view> known(std::begin(kScheduler), std::end(kScheduler));
  for (const auto& [key, value] : arguments.entries) {
    if (std::find(known.begin(), known.end(), key.as_text()) != known.end()) continue;
    context.refuse(key, fmt::format("FinetuningScheduler has no argument '{}'", key.as_text()),
                   did_you_mean(nearest(key.as_text(), known)));
  }
  if (const Yaml* generate = arguments.find("gen_ft_sched_only"); is_true(generate))
    context.warn(Code::not_carried_over, *generate, "gen_ft_sched_only has no place in fts",
                 "`ftsc gen` writes the default schedule");
}

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

void write_checkpoint(const Context& context, const Configuration& c, Writer& writer) {
  if (c.checkpoint == nullptr) return;
  const Yaml* monitor = c.checkpoint->given("monitor");
  const Yaml* restore = argument(c, "restore_best");
  const bool restores = restore == nullptr || restore->truthy();
  if (monitor == nullptr && restores)
    context.refuse(*c.checkpoint, "FTSCheckpoint has no monitor, so there is no best checkpoint to restore",
                   "write monitor: val_loss, or restore_best: false");
  const Yaml* kept = c.checkpoint->find("save_top_k");
  if (kept != nullptr && kept->is(Kind::null) && restores)
    context.refuse(*kept, "save_top_k: null keeps no checkpoint to restore",
                   "write save_top_k: 1, or restore_best: false");
  std::vector<Attribute> settings;
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

// lr_scheduler of the run: FTS supports ten of torch's classes, unless allow_untested.
void write_first_scheduler(const Context& context, const Configuration& c, Writer& writer) {
  if (c.lr_scheduler == nullptr || c.lr_scheduler->is(Kind::null)) {
    if (c.optimizer != nullptr) writer.line("lr_scheduler = none");  // LightningCLI makes none then
    return;
  }
  const auto text = spec_text(context, *c.lr_scheduler, resolve::lr_schedulers(), Dialect::configuration);
  if (!text) return;
  if (!resolve::fts_supports(text->substr(0, text->find(' '))) && !is_true(argument(c, "allow_untested")))
    context.refuse(*c.lr_scheduler,
                   fmt::format("FTS does not support the scheduler '{}'", c.lr_scheduler->find("class_path")->text),
                   "take another one, or pass allow_untested");
  writer.line("lr_scheduler = " + *text);
}

// FTS compares names with `in`: each is a part of a parameter's name.
void write_no_decay(const Context& context, const Configuration& c, Writer& writer) {
  if (c.no_decay == nullptr || !c.no_decay->truthy()) return;
  if (!c.no_decay->is(Kind::list))
    return context.refuse(*c.no_decay, "no_decay is a list of parts of names", "write [bias, LayerNorm.weight]");
  std::string parts;
  for (const auto& element : c.no_decay->elements) {
    parts += parts.empty() ? "" : "|";
    for (const char ch : element.as_text()) {
      if (std::string_view("\\^$.|?*+()[]{}/").find(ch) != std::string_view::npos) parts += '\\';
      parts += ch;
    }
  }
  const bool one = c.no_decay->elements.size() == 1;
  writer.line(one ? fmt::format("no_decay = /.*{}.*/", parts) : fmt::format("no_decay = /.*({}).*/", parts));
}

void write_trainer(const Context& context, const Configuration& c, Writer& writer) {
  if (c.trainer == nullptr) return;
  for (const char* name :
       {"max_epochs", "max_steps", "gradient_clip_val", "gradient_clip_algorithm", "accumulate_grad_batches"}) {
    const Yaml* value = c.trainer->given(name);
    const bool unlimited = value != nullptr && value->is(Kind::integer) && value->integer == -1;
    if (value == nullptr || unlimited) continue;
    writer.line(
        fmt::format("{} = {}", name,
                    value->is(Kind::string) && is_identifier(value->text) ? value->text : value_text(context, *value)));
  }
}

// A later phase without an lr of its own takes base_max_lr, which must be a number then.
bool every_later_phase_has_a_rate(const Yaml* schedule) {
  if (schedule == nullptr) return false;
  for (std::size_t i = 1; i < schedule->entries.size(); ++i) {
    if (schedule->entries[i].second.find("lr") == nullptr) return false;
  }
  return true;
}

void write_arguments(const Context& context, const Configuration& c, const Yaml* schedule, Writer& writer) {
  for (const char* name : {"max_depth", "restore_best", "epoch_transitions_only", "enforce_phase0_params",
                           "apply_lambdas_new_pgs", "frozen_bn_track_running_stats"}) {
    if (const Yaml* value = argument(c, name); value != nullptr)
      writer.line(fmt::format("{} = {}", name, value_text(context, *value)));
  }
  const Yaml* lr = argument(c, "base_max_lr");
  if (lr != nullptr && !(lr->is(Kind::null) && every_later_phase_has_a_rate(schedule))) {
    if (const auto value = rate(context, *lr, "base_max_lr")) writer.line("base_max_lr = " + number_text(*value));
  }
  const Yaml* optimizer = argument(c, "reinit_optim_cfg");
  const Yaml* scheduler = argument(c, "reinit_lr_cfg");
  if (schedule != nullptr && is_true(scheduler))
    return context.refuse(*scheduler, "reinit_lr_cfg is for implicit schedules, and this one has phases",
                          "give the phases a new_lr_scheduler");
  if (schedule != nullptr) return;
  if (is_true(optimizer)) {
    if (const auto text = new_optimizer_text(context, *optimizer)) writer.line("reinit_optim_cfg = " + *text);
  }
  if (is_true(scheduler)) {
    if (const auto text = new_lr_scheduler_text(context, *scheduler, true)) writer.line("reinit_lr_cfg = " + *text);
  }
}

}  // namespace

void write_model(const Context& context, const Configuration& configuration, Writer& writer) {
  if (configuration.sizes.empty()) return;
  writer.open("model");
  for (const auto& [name, value] : configuration.sizes)
    writer.line(fmt::format("{} = {}", name, value_text(context, *value)));
  writer.close();
  writer.blank();
}

void write_schedule(const Context& context, const Configuration& c, const Yaml* schedule, Writer& writer) {
  if (c.finetuning_scheduler != nullptr) check_arguments(context, *c.finetuning_scheduler);
  writer.open("schedule");
  writer.line("compat = fts");
  write_monitor(context, c, writer);
  if (c.optimizer != nullptr && !c.optimizer->is(Kind::null)) {
    if (const auto text = spec_text(context, *c.optimizer, resolve::optimizers(), Dialect::configuration))
      writer.line("optimizer = " + *text);
  }
  write_no_decay(context, c, writer);
  write_first_scheduler(context, c, writer);
  write_trainer(context, c, writer);
  write_checkpoint(context, c, writer);
  write_arguments(context, c, schedule, writer);
  if (schedule != nullptr) {
    const Yaml* optimizer = argument(c, "reinit_optim_cfg");
    if (const auto phases = phases_of(context, *schedule))
      write_phases(context, *phases,
                   {is_true(argument(c, "epoch_transitions_only")), is_true(optimizer) ? optimizer : nullptr}, writer);
  }
  writer.close();
}

}  // namespace fts::interop
