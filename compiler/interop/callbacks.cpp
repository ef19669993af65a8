// monitor = … and checkpoint = …: what FTSEarlyStopping and FTSCheckpoint say; and which arguments Python's classes
// have.
#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/interop/blocks.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

// The arguments of finetuning-scheduler 2.14 and Lightning 2.6.
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
constexpr std::string_view kStopping[] = {"monitor",
                                          "min_delta",
                                          "patience",
                                          "verbose",
                                          "mode",
                                          "strict",
                                          "check_finite",
                                          "stopping_threshold",
                                          "divergence_threshold",
                                          "check_on_train_epoch_end",
                                          "log_rank_zero_only"};
constexpr std::string_view kCheckpoint[] = {"dirpath",
                                            "filename",
                                            "monitor",
                                            "verbose",
                                            "save_last",
                                            "save_top_k",
                                            "save_on_exception",
                                            "save_weights_only",
                                            "mode",
                                            "auto_insert_metric_name",
                                            "every_n_train_steps",
                                            "train_time_interval",
                                            "every_n_epochs",
                                            "save_on_train_epoch_end",
                                            "enable_version_counter"};
constexpr std::string_view kTrainer[] = {"accelerator",
                                         "strategy",
                                         "devices",
                                         "num_nodes",
                                         "precision",
                                         "logger",
                                         "callbacks",
                                         "fast_dev_run",
                                         "max_epochs",
                                         "min_epochs",
                                         "max_steps",
                                         "min_steps",
                                         "max_time",
                                         "limit_train_batches",
                                         "limit_val_batches",
                                         "limit_test_batches",
                                         "limit_predict_batches",
                                         "overfit_batches",
                                         "val_check_interval",
                                         "check_val_every_n_epoch",
                                         "num_sanity_val_steps",
                                         "log_every_n_steps",
                                         "enable_checkpointing",
                                         "enable_progress_bar",
                                         "enable_model_summary",
                                         "accumulate_grad_batches",
                                         "gradient_clip_val",
                                         "gradient_clip_algorithm",
                                         "deterministic",
                                         "benchmark",
                                         "inference_mode",
                                         "use_distributed_sampler",
                                         "profiler",
                                         "detect_anomaly",
                                         "barebones",
                                         "plugins",
                                         "sync_batchnorm",
                                         "reload_dataloaders_every_n_epochs",
                                         "default_root_dir",
                                         "enable_autolog_hparams",
                                         "model_registry"};

void check_names(const Context& context, const Yaml* arguments, std::string_view owner,
                 std::span<const std::string_view> names) {
  if (arguments == nullptr) return;
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const auto& [key, value] : arguments->entries) {
    if (std::find(known.begin(), known.end(), key.as_text()) != known.end()) continue;
    context.refuse(key, fmt::format("{} has no argument '{}'", owner, key.as_text()),
                   did_you_mean(nearest(key.as_text(), known)));
  }
}

bool given_above_zero(const Yaml& arguments, std::string_view name) {
  const Yaml* value = arguments.given(name);
  return value != nullptr && value->is_number() && value->real > 0;
}

// Whether a phase follows another, as far as the YAML says: an implicit schedule has several.
bool moves_on(const Configuration& c, const Yaml* schedule) {
  const Yaml* depth = argument(c, "max_depth");
  return (schedule == nullptr || schedule->entries.size() > 1) &&
         !(depth != nullptr && depth->is(Kind::integer) && depth->integer == 0);
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
  if (checkpoint.given("monitor") == nullptr)
    context.refuse(checkpoint, "FTSCheckpoint has no monitor, so there is no best checkpoint to restore",
                   "write monitor: val_loss, or restore_best: false");
  if (const Yaml* kept = checkpoint.find("save_top_k"); kept != nullptr && kept->is(Kind::null))
    context.refuse(*kept, "save_top_k: null keeps no checkpoint to restore",
                   "write save_top_k: 1, or restore_best: false");
  const Yaml* weights = checkpoint.given("save_weights_only");
  if (weights != nullptr && weights->truthy() && moves_on(c, schedule) && !makes_anew(c, schedule))
    context.refuse(*weights, "save_weights_only leaves out the optimizer's state, and restoring the best one fails",
                   "leave it out, or write restore_best: false");
}

}  // namespace

void check_argument_names(const Context& context, const Configuration& c) {
  check_names(context, c.finetuning_scheduler, "FinetuningScheduler", kScheduler);
  check_names(context, c.early_stopping, "FTSEarlyStopping", kStopping);
  check_names(context, c.checkpoint, "FTSCheckpoint", kCheckpoint);
  check_names(context, c.trainer, "Trainer", kTrainer);
  if (const Yaml* generate = argument(c, "gen_ft_sched_only"); generate != nullptr && generate->truthy())
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

void write_checkpoint(const Context& context, const Configuration& c, const Yaml* schedule, Writer& writer) {
  if (c.checkpoint == nullptr) return;
  const Yaml* restore = argument(c, "restore_best");
  if (restore == nullptr || restore->truthy()) check_restorable(context, c, schedule);
  if (given_above_zero(*c.checkpoint, "every_n_epochs") && given_above_zero(*c.checkpoint, "every_n_train_steps"))
    context.refuse(*c.checkpoint->find("every_n_train_steps"),
                   "every_n_epochs and every_n_train_steps both say when to save", "leave one of them out");
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

}  // namespace fts::interop
