// Which arguments Python's classes have: another one is refused, and one that changes a run but has no place in fts is
// said.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/interop/blocks.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

// The arguments of finetuning-scheduler 2.14 and Lightning 2.6.
constexpr std::string_view kScheduler =
    "ft_schedule max_depth base_max_lr restore_best gen_ft_sched_only epoch_transitions_only reinit_optim_cfg "
    "reinit_lr_cfg strategy_adapter_cfg custom_strategy_adapters allow_untested apply_lambdas_new_pgs logging_level "
    "enforce_phase0_params frozen_bn_track_running_stats";
constexpr std::string_view kStopping =
    "monitor min_delta patience verbose mode strict check_finite stopping_threshold divergence_threshold "
    "check_on_train_epoch_end log_rank_zero_only";
constexpr std::string_view kCheckpoint =
    "dirpath filename monitor verbose save_last save_top_k save_on_exception save_weights_only mode "
    "auto_insert_metric_name every_n_train_steps train_time_interval every_n_epochs save_on_train_epoch_end "
    "enable_version_counter";
constexpr std::string_view kTrainer =
    "accelerator strategy devices num_nodes precision logger callbacks fast_dev_run max_epochs min_epochs max_steps "
    "min_steps max_time limit_train_batches limit_val_batches limit_test_batches limit_predict_batches overfit_batches "
    "val_check_interval check_val_every_n_epoch num_sanity_val_steps log_every_n_steps enable_checkpointing "
    "enable_progress_bar enable_model_summary accumulate_grad_batches gradient_clip_val gradient_clip_algorithm "
    "deterministic benchmark inference_mode use_distributed_sampler profiler detect_anomaly barebones plugins "
    "sync_batchnorm reload_dataloaders_every_n_epochs default_root_dir enable_autolog_hparams model_registry";

struct StrategyClass {
  std::string_view name;
  std::string_view carried;  // what import writes
  std::string_view others;   // what changes a run, but has no place in fts
  std::string_view silent;   // where processes run and how they find each other
};
constexpr StrategyClass kStrategies[] = {
    {"FSDPStrategy",
     "cpu_offload mixed_precision auto_wrap_policy sharding_strategy backward_prefetch sync_module_states "
     "limit_all_gathers use_orig_params",
     "precision_plugin activation_checkpointing activation_checkpointing_policy state_dict_type device_mesh "
     "ignored_modules ignored_states param_init_fn forward_prefetch",
     "accelerator parallel_devices cluster_environment checkpoint_io process_group_backend timeout process_group "
     "device_id"},
    {"ModelParallelStrategy", "data_parallel_size tensor_parallel_size", "save_distributed_checkpoint",
     "process_group_backend timeout"},
    {"DDPStrategy", "find_unused_parameters static_graph bucket_cap_mb gradient_as_bucket_view",
     "precision_plugin ddp_comm_state ddp_comm_hook ddp_comm_wrapper model_averaging_period broadcast_buffers "
     "init_sync "
     "delay_all_reduce_named_params param_to_hook_all_reduce mixed_precision device_mesh "
     "skip_all_reduce_unused_params bucket_cap_mb_list batched_grad_copy forward_sync_buffers lazy_bucket_allocation",
     "accelerator parallel_devices cluster_environment checkpoint_io process_group_backend timeout process_group "
     "start_method device_ids output_device dim check_reduction"},
};

// Their defaults say nothing that fts does otherwise.
constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {
    {"state_dict_type", "full"},   {"forward_prefetch", "False"}, {"save_distributed_checkpoint", "True"},
    {"broadcast_buffers", "True"}, {"init_sync", "True"},         {"skip_all_reduce_unused_params", "False"},
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_names(const Context& context, const Yaml* arguments, std::string_view owner,
                 const std::vector<std::string_view>& known) {
  if (arguments == nullptr) return;
  for (const auto& [key, value] : arguments->entries) {
    if (contains(known, key.as_text())) continue;
    const auto near = nearest(key.as_text(), known);
    context.refuse(key, fmt::format("{} has no argument '{}'", owner, key.as_text()),
                   near.empty() ? "remove it" : did_you_mean(near));
  }
}

// Whether the value says what Lightning does without it.
bool is_default(std::string_view name, const Yaml& value) {
  const bool number = value.is_number();
  if (name == "min_epochs" || name == "min_steps") return number && value.real <= 1;
  if (name == "limit_train_batches" || name == "limit_val_batches" || name == "val_check_interval")
    return value.is(Kind::real) && value.real == 1;  // an integer counts batches
  if (name == "check_val_every_n_epoch") return number && value.real == 1;
  return !value.truthy();
}

void check_trainer(const Context& context, const Yaml* trainer) {
  constexpr const char* kUnread[] = {
      "min_epochs",      "min_steps",    "max_time",           "limit_train_batches",     "limit_val_batches",
      "overfit_batches", "fast_dev_run", "val_check_interval", "check_val_every_n_epoch", "sync_batchnorm"};
  for (const char* name : kUnread) {
    const Yaml* value = trainer == nullptr ? nullptr : trainer->given(name);
    if (value != nullptr && !is_default(name, *value))
      context.warn(Code::not_carried_over, *value, fmt::format("the Trainer's {} has no place in fts", name),
                   "the imported schedule runs as if it were not there");
  }
}

}  // namespace

void check_argument_names(const Context& context, const Configuration& c) {
  check_names(context, c.finetuning_scheduler, "FinetuningScheduler", words_of(kScheduler));
  check_names(context, c.early_stopping, "FTSEarlyStopping", words_of(kStopping));
  check_names(context, c.checkpoint, "FTSCheckpoint", words_of(kCheckpoint));
  check_names(context, c.trainer, "Trainer", words_of(kTrainer));
  check_trainer(context, c.trainer);
  if (const Yaml* generate = argument(c, "gen_ft_sched_only"); generate != nullptr && generate->truthy())
    context.warn(Code::not_carried_over, *generate, "gen_ft_sched_only has no place in fts",
                 "`ftsc gen` writes the default schedule");
}

void check_strategy_arguments(const Context& context, const Yaml& strategy, std::string_view name) {
  const auto* known = std::find_if(std::begin(kStrategies), std::end(kStrategies),
                                   [&](const StrategyClass& strategy_class) { return strategy_class.name == name; });
  const Yaml* arguments = strategy.given("init_args");
  if (known == std::end(kStrategies) || arguments == nullptr) return;
  std::vector<std::string_view> all = words_of(known->carried);
  for (const auto text : {known->others, known->silent}) {
    for (const auto word : words_of(text)) all.push_back(word);
  }
  check_names(context, arguments, name, all);
  for (const auto word : words_of(known->others)) {
    const Yaml* value = arguments->given(word);
    if (value == nullptr || std::any_of(std::begin(kDefaults), std::end(kDefaults), [&](const auto& usual) {
          return usual.first == word && usual.second == value->as_text();
        }))
      continue;
    context.warn(Code::not_carried_over, *value, fmt::format("{}'s {} has no place in fts", name, word),
                 "see docs/INTEROP.md for what it reads");
  }
}

}  // namespace fts::interop
