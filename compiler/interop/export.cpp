#include "compiler/interop/export.hpp"

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/interop/export_parts.hpp"
#include "compiler/interop/yaml_text.hpp"

namespace fts::interop {

namespace {

using nlohmann::ordered_json;

ordered_json callback(const char* name, ordered_json arguments) {
  return {{"class_path", std::string("finetuning_scheduler.") + name}, {"init_args", std::move(arguments)}};
}

// The attributes of a body that were given, under FTS's names; selections and specs are not among them.
ordered_json given(const resolve::Body& body, std::initializer_list<std::pair<const char*, const char*>> names) {
  ordered_json all = ordered_json::object();
  for (const auto& [ours, python] : names) {
    if (const auto* value = body.given(ours)) all[python] = resolve::to_json(*value);
  }
  return all;
}

ordered_json early_stopping(const plan::Monitor& monitor) {
  ordered_json all = {
      {"monitor", monitor.metric}, {"mode", monitor.maximize ? "max" : "min"}, {"patience", monitor.patience}};
  if (monitor.min_delta != 0) all["min_delta"] = monitor.min_delta;
  if (!monitor.check_finite) all["check_finite"] = false;
  if (monitor.stopping_threshold) all["stopping_threshold"] = *monitor.stopping_threshold;
  if (monitor.divergence_threshold) all["divergence_threshold"] = *monitor.divergence_threshold;
  return all;
}

ordered_json checkpoint(const ExportContext& context) {
  ordered_json all = ordered_json::object();
  if (const auto& monitor = context.plan.schedule.monitor)
    all = {{"monitor", monitor->metric}, {"mode", monitor->maximize ? "max" : "min"}};
  if (const auto* body = context.program.schedule->body("checkpoint"))
    all.update(given(*body, {{"monitor", "monitor"},
                             {"mode", "mode"},
                             {"save_top_k", "save_top_k"},
                             {"every_n_epochs", "every_n_epochs"},
                             {"every_n_steps", "every_n_train_steps"},
                             {"save_last", "save_last"},
                             {"save_on_train_epoch_end", "save_on_train_epoch_end"}}));
  return all;
}

ordered_json adapter_settings(const ExportContext& context, const resolve::Strategy& strategy) {
  ordered_json all = ordered_json::object();
  const auto plain = [](const resolve::Body& body) {
    ordered_json settings = ordered_json::object();
    for (const auto& entry : body.entries) {
      if (!entry.given) continue;
      const auto* mode = entry.value->as<resolve::Spec>();
      settings[entry.name] =
          mode == nullptr ? ordered_json(resolve::to_json(*entry.value)) : ordered_json::array({mode->schema->name});
    }
    return settings;
  };
  if (const auto* defaults = strategy.body->body("fsdp_default_kwargs")) all["fsdp_default_kwargs"] = plain(*defaults);
  if (const auto* plan = strategy.body->body("fsdp_plan")) {
    for (const auto& rule : plan->rules) {
      for (const auto& name : entries_of(context, rule.selection))
        all["fsdp_plan"][name] = plain(*rule.value->as<resolve::Body>());
    }
  }
  const auto* overrides = strategy.body->given("awp_overrides");
  if (const auto* list = overrides == nullptr ? nullptr : overrides->as<resolve::ListValue>()) {
    for (const auto& element : list->elements) {
      if (const auto* selected = element.as<resolve::Selected>()) {
        for (const auto& name : entries_of(context, selected->id)) all["awp_overrides"].push_back(name);
      }
    }
  }
  if (const auto* tp = strategy.body->given("tp_plan"))
    context.differs(tp->span, "FTS has no setting for tensor parallel: tp_plan is left out",
                    "call parallelize_module in configure_model");
  return all;
}

// module_types with whole paths as a ModuleWrapPolicy; class names alone do not say where Python finds them.
void add_policy(const ExportContext& context, const resolve::Strategy& strategy, ordered_json& arguments) {
  const auto* value = strategy.body->given("auto_wrap_policy");
  const auto* policy = value == nullptr ? nullptr : value->as<resolve::Spec>();
  if (policy == nullptr) return;
  ordered_json classes = ordered_json::array();
  bool paths = policy->schema->name == "module_types";
  for (const auto& type : policy->variadic) {
    const auto* text = type.as<resolve::Text>();
    paths = paths && text != nullptr && text->text.find('.') != std::string::npos;
    if (paths) classes.push_back(text->text);
  }
  if (paths) {
    arguments["auto_wrap_policy"] = {{"class_path", "torch.distributed.fsdp.wrap.ModuleWrapPolicy"},
                                     {"init_args", {{"module_classes", std::move(classes)}}}};
    return;
  }
  context.differs(value->span, "this auto_wrap_policy does not say where Python finds its classes: it is left out",
                  "name them by whole paths: module_types(\"transformers.models.bert.modeling_bert.BertLayer\")");
}

// FTS takes ddp by its name; an object of Lightning's class is untested to it.
void add_ddp(ordered_json& trainer, ordered_json& scheduler, ordered_json arguments) {
  const auto* unused = arguments.size() == 1 && arguments.contains("find_unused_parameters")
                           ? &arguments["find_unused_parameters"]
                           : nullptr;
  if (arguments.empty()) {
    trainer["strategy"] = "ddp";
  } else if (unused != nullptr) {
    trainer["strategy"] = unused->get<bool>() ? "ddp_find_unused_parameters_true" : "ddp_find_unused_parameters_false";
  } else {
    scheduler["allow_untested"] = true;
    trainer["strategy"] = {{"class_path", "lightning.pytorch.strategies.DDPStrategy"},
                           {"init_args", std::move(arguments)}};
  }
}

void add_strategy(const ExportContext& context, ordered_json& trainer, ordered_json& scheduler) {
  if (context.program.strategies.size() > 1) {
    context.differs(context.program.strategies[1].name_span, "a configuration has one strategy; this one is left out",
                    "pick one with --strategy");
  }
  if (context.program.strategies.empty()) return;
  const auto& strategy = context.program.strategies.front();
  if (auto settings = adapter_settings(context, strategy); !settings.empty())
    scheduler["strategy_adapter_cfg"] = std::move(settings);
  const std::string& adapter = strategy.adapter->schema->name;
  ordered_json arguments = ordered_json::object();
  if (adapter == "model_parallel") {
    if (const auto* mesh = strategy.body->body("mesh"))
      arguments = given(*mesh, {{"data", "data_parallel_size"}, {"tensor", "tensor_parallel_size"}});
    trainer["strategy"] = {{"class_path", "lightning.pytorch.strategies.ModelParallelStrategy"},
                           {"init_args", std::move(arguments)}};
  } else if (adapter == "fsdp" || adapter == "ddp") {
    arguments = given(*strategy.body, {{"use_orig_params", "use_orig_params"},
                                       {"cpu_offload", "cpu_offload"},
                                       {"sharding_strategy", "sharding_strategy"},
                                       {"limit_all_gathers", "limit_all_gathers"},
                                       {"sync_module_states", "sync_module_states"},
                                       {"find_unused_parameters", "find_unused_parameters"},
                                       {"static_graph", "static_graph"}});
    add_policy(context, strategy, arguments);
    if (adapter == "fsdp")
      trainer["strategy"] = {{"class_path", "lightning.pytorch.strategies.FSDPStrategy"},
                             {"init_args", std::move(arguments)}};
    else
      add_ddp(trainer, scheduler, std::move(arguments));
  } else if (adapter == "plugin") {
    context.differs(strategy.name_span, "a plugin has no place in Python FTS: the strategy is left out",
                    "export with another strategy");
  }
}

const resolve::Spec* first_spec(const resolve::Program& program, const char* name) {
  const resolve::Body* bodies[] = {program.phases.empty() ? program.schedule : program.phases.front().body,
                                   program.schedule};
  for (const auto* body : bodies) {
    const auto* value = body->given(name);
    if (value != nullptr && value->as<resolve::Spec>() != nullptr) return value->as<resolve::Spec>();
  }
  return nullptr;
}

}  // namespace

void ExportContext::refuse(Span span, std::string message, std::string help) const {
  diagnostics.report(Code::not_exportable, span, std::move(message)).help = std::move(help);
}
void ExportContext::differs(Span span, std::string message, std::string help) const {
  diagnostics.report(Code::exported_otherwise, span, std::move(message)).help = std::move(help);
}

ordered_json configuration_json(const ExportContext& context, const std::string& schedule_path) {
  const auto& schedule = *context.program.schedule;
  ordered_json trainer = given(schedule, {{"max_epochs", "max_epochs"},
                                          {"max_steps", "max_steps"},
                                          {"gradient_clip_val", "gradient_clip_val"},
                                          {"gradient_clip_algorithm", "gradient_clip_algorithm"},
                                          {"accumulate_grad_batches", "accumulate_grad_batches"}});
  ordered_json scheduler = given(schedule, {{"max_depth", "max_depth"},
                                            {"base_max_lr", "base_max_lr"},
                                            {"restore_best", "restore_best"},
                                            {"epoch_transitions_only", "epoch_transitions_only"},
                                            {"enforce_phase0_params", "enforce_phase0_params"},
                                            {"apply_lambdas_new_pgs", "apply_lambdas_new_pgs"},
                                            {"frozen_bn_track_running_stats", "frozen_bn_track_running_stats"}});
  if (!context.program.phases.empty()) scheduler["ft_schedule"] = schedule_path;
  if (const auto* optimizer = first_spec(context.program, "reinit_optim_cfg"))
    scheduler["reinit_optim_cfg"] = new_optimizer(context, *optimizer);
  if (const auto* lr_scheduler = first_spec(context.program, "reinit_lr_cfg"))
    scheduler["reinit_lr_cfg"] = new_lr_scheduler(context, *lr_scheduler);
  add_strategy(context, trainer, scheduler);
  trainer["callbacks"] = ordered_json::array({callback("FinetuningScheduler", std::move(scheduler))});
  if (const auto& monitor = context.plan.schedule.monitor;
      monitor && !schedule.boolean("epoch_transitions_only").value_or(false))
    trainer["callbacks"].push_back(callback("FTSEarlyStopping", early_stopping(*monitor)));
  trainer["callbacks"].push_back(callback("FTSCheckpoint", checkpoint(context)));
  ordered_json all = {{"trainer", std::move(trainer)}};
  if (const auto* optimizer = first_spec(context.program, "optimizer")) {
    all["optimizer"] = class_init(context, *optimizer);
    if (const auto lr =
            context.program.phases.empty() ? std::nullopt : context.program.phases.front().body->number("lr"))
      all["optimizer"]["init_args"]["lr"] = *lr;
  }
  if (const auto* lr_scheduler = first_spec(context.program, "lr_scheduler"))
    all["lr_scheduler"] = class_init(context, *lr_scheduler);
  if (const auto* no_decay = schedule.given("no_decay"))
    context.differs(no_decay->span, "no_decay is an attribute of the LightningModule there: it is left out",
                    "set no_decay in the module");
  return all;
}

std::optional<Exported> export_yaml(const resolve::Program& program, const plan::Plan& plan,
                                    const graph::ParamGraph& graph, const std::string& schedule_path,
                                    Diagnostics& diagnostics) {
  const ExportContext context{program, plan, graph, diagnostics};
  if (program.schedule == nullptr) {
    context.refuse({}, "the file has no schedule", "write schedule { … }");
    return std::nullopt;
  }
  Exported out;
  out.schedule = program.phases.empty() ? "" : yaml_text(phases_json(context));
  out.configuration = yaml_text(configuration_json(context, schedule_path));
  diagnostics.sort();
  if (diagnostics.has_errors()) return std::nullopt;
  return out;
}

}  // namespace fts::interop
