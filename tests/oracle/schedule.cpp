#include "tests/oracle/schedule.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>

#include <torch/torch.h>

#include "compiler/driver/compile.hpp"
#include "compiler/interop/import.hpp"
#include "compiler/resolve/schema.hpp"
#include "runtime/bind/graph_of.hpp"

namespace fts::oracle {

namespace {

using nlohmann::json;

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// A function cannot stand in YAML: where a scheduler has one, another scheduler stands for it until the plan is made.
json without_functions(json scheduler) {
  if (!scheduler.value("init_args", json::object()).contains("lr_lambda")) return scheduler;
  return {{"class_path", "torch.optim.lr_scheduler.ExponentialLR"}, {"init_args", {{"gamma", 0.5}}}};
}

json class_of(const std::string& package, const json& recorded) {
  return {{"class_path", package + recorded.at("class").get<std::string>()},
          {"init_args", recorded.value("args", json::object())}};
}

// Lightning's own subclass of ReduceLROnPlateau takes the metric too.
json scheduler_of_configuration(const json& recorded) {
  const auto monitor = recorded.value("pl", json::object()).value("monitor", json());
  if (recorded.at("class") != "ReduceLROnPlateau" || monitor.is_null())
    return without_functions(class_of("torch.optim.lr_scheduler.", recorded));
  json scheduler = class_of("lightning.pytorch.cli.", recorded);
  scheduler["init_args"]["monitor"] = monitor;
  return scheduler;
}

// The LightningCLI configuration that the record's `config` stands for. JSON is YAML.
json configuration_of(const Case& recorded) {
  const auto callback = [](const char* name, json arguments) {
    return json{{"class_path", std::string("finetuning_scheduler.") + name}, {"init_args", std::move(arguments)}};
  };
  const auto with_monitor = [&](const char* name, json by_default) {
    by_default["monitor"] = recorded.config().at("monitor");
    by_default.update(recorded.setting(name, json::object()));
    return by_default;
  };
  json trainer = recorded.setting("trainer", json::object());
  trainer.erase("check_val_every_n_epoch");  // when to validate is the program's
  const json fts = recorded.setting("fts", json::object());
  trainer["max_epochs"] = recorded.config().at("max_epochs");
  trainer["callbacks"].push_back(callback("FinetuningScheduler", fts));
  if (!fts.value("epoch_transitions_only", false))
    trainer["callbacks"].push_back(callback("FTSEarlyStopping", with_monitor("es", {{"patience", 1}})));
  trainer["callbacks"].push_back(callback("FTSCheckpoint", with_monitor("ckpt", {{"save_top_k", 1}})));
  json all = {{"trainer", trainer}};
  if (const auto optimizer = recorded.setting("optimizer"); optimizer.is_object())
    all["optimizer"] = class_of("torch.optim.", optimizer);
  if (const auto scheduler = recorded.setting("lr_scheduler"); scheduler.is_object())
    all["lr_scheduler"] = scheduler_of_configuration(scheduler);
  if (const auto no_decay = recorded.setting("no_decay"); !no_decay.is_null()) all["no_decay"] = no_decay;
  return all;
}

// The recorder's lambdas, by their name.
json lambda_of(const std::string& name) {
  if (name == "0.9**epoch") return json::array({"**", 0.9, "epoch"});
  if (name == "1/(1+epoch)") return json::array({"/", 1, json::array({"+", 1, "epoch"})});
  if (name.starts_with("const")) return std::stod(name.substr(5));
  throw std::runtime_error("there is no lambda '" + name + "'");
}

// In a schedule given as a Python dict the recorder has lost the function: it is the one of the three whose value at 1
// is what the record's rates show between the first and the second epoch of the phase.
json lost_lambda(const Case& recorded, int depth) {
  for (const auto& epoch : recorded.record.at("epochs")) {
    if (epoch.at("depth") != depth || !epoch.contains("groups_end")) continue;
    const double start = number(epoch.at("groups_start")[0].at("lr"));
    const double factor = number(epoch.at("groups_end")[0].at("lr")) / start;
    return factor < 0.6 ? lambda_of("1/(1+epoch)") : factor < 0.925 ? lambda_of("0.9**epoch") : lambda_of("const0.95");
  }
  return lambda_of("0.9**epoch");
}

// The phases whose scheduler has a function.
std::set<int> replace_functions(json& schedule) {
  std::set<int> phases;
  for (auto& [depth, phase] : schedule.items()) {
    if (!phase.is_object() || !phase.contains("new_lr_scheduler")) continue;
    auto& init = phase["new_lr_scheduler"]["lr_scheduler_init"];
    const json other = without_functions(init);
    if (other != init) phases.insert(std::stoi(depth));
    init = other;
  }
  return phases;
}

std::string text_of(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& d : diagnostics.all()) {
    if (d.severity == Severity::error) text += d.message + "\n";
  }
  return text;
}

}  // namespace

tl::expected<plan::Plan, std::string> plan_of(const Case& recorded, const torch::nn::Module& module,
                                              const std::string& folder) {
  interop::ImportRequest request;
  std::set<int> functions;
  if (const auto& yaml = recorded.record.at("schedule_yaml"); yaml.is_string()) {
    request.schedule = folder + "/schedule.yaml";
    write(request.schedule, yaml.get<std::string>());
  } else if (json dict = recorded.record.at("schedule_dict"); dict.is_object()) {
    functions = replace_functions(dict);
    std::string text;
    for (const auto& [depth, phase] : dict.items()) text += depth + ": " + phase.dump() + "\n";
    request.schedule = folder + "/schedule.yaml";
    write(request.schedule, text);
  }
  request.configs = {folder + "/config.yaml"};
  write(request.configs.front(), configuration_of(recorded).dump(1));
  SourceMap sources;
  Diagnostics diagnostics;
  const auto text = interop::import_yaml(request, sources, diagnostics);
  if (!text) return tl::unexpected(text_of(diagnostics));
  write(folder + "/case.fts", *text);

  auto graph = graph_of(module);
  if (!graph) return tl::unexpected(graph.error().text());
  auto plan = compile(folder + "/case.fts", *graph, {});
  if (!plan) return tl::unexpected(plan.error().text());
  plan->schedule.phases.front().optimizer.reset();  // configure_optimizers' are the program's own: options_of()
  plan->schedule.phases.front().lr_scheduler.reset();
  for (const int depth : functions) {
    auto& scheduler = plan->schedule.phases.at(static_cast<std::size_t>(depth)).lr_scheduler;
    scheduler->name = "lambda";
    scheduler->arguments.erase("gamma");
    scheduler->arguments["lr_lambda"] = lost_lambda(recorded, depth);
  }
  return std::move(*plan);
}

namespace {

using Parameters = std::vector<at::Tensor>;

// An optimizer of class O whose options `set` reads from the arguments.
template <class O, class Set>
std::shared_ptr<torch::optim::Optimizer> optimizer_with(const std::vector<Parameters>& groups, const json& arguments,
                                                        Set&& set) {
  std::vector<torch::optim::OptimizerParamGroup> all(groups.begin(), groups.end());
  auto optimizer = std::make_shared<O>(std::move(all), *set(arguments));
  // two_groups: the biases. (An option of a group that is the class's default would be the optimizer's.)
  using Own = std::decay_t<decltype(*set(arguments))>;
  if (groups.size() > 1) static_cast<Own&>(optimizer->param_groups()[1].options()).weight_decay(0);
  return optimizer;
}

std::shared_ptr<torch::optim::Optimizer> make_optimizer(const std::string& name, const json& a,
                                                        const std::vector<Parameters>& groups) {
  using namespace torch::optim;  // NOLINT: five optimizers and their options
  const auto number = [](const json& args, const char* key, double by_default) { return args.value(key, by_default); };
  if (name == "SGD") {
    return optimizer_with<SGD>(groups, a, [&](const json& args) {
      auto o = std::make_unique<SGDOptions>(number(args, "lr", 1e-3));
      o->momentum(number(args, "momentum", 0)).dampening(number(args, "dampening", 0));
      o->weight_decay(number(args, "weight_decay", 0)).nesterov(args.value("nesterov", false));
      return o;
    });
  }
  const auto adam = [&](auto o, const json& args, double decay) {
    const auto betas = args.value("betas", std::vector<double>{0.9, 0.999});
    o->betas({betas.at(0), betas.at(1)}).eps(number(args, "eps", 1e-8)).amsgrad(args.value("amsgrad", false));
    o->weight_decay(number(args, "weight_decay", decay));
    return o;
  };
  if (name == "Adam") {
    return optimizer_with<Adam>(groups, a, [&](const json& args) {
      return adam(std::make_unique<AdamOptions>(number(args, "lr", 1e-3)), args, 0);
    });
  }
  if (name == "AdamW") {
    return optimizer_with<AdamW>(groups, a, [&](const json& args) {
      return adam(std::make_unique<AdamWOptions>(number(args, "lr", 1e-3)), args, 1e-2);
    });
  }
  if (name == "Adagrad") {
    return optimizer_with<Adagrad>(groups, a, [&](const json& args) {
      auto o = std::make_unique<AdagradOptions>(number(args, "lr", 1e-2));
      o->lr_decay(number(args, "lr_decay", 0)).weight_decay(number(args, "weight_decay", 0));
      o->initial_accumulator_value(number(args, "initial_accumulator_value", 0)).eps(number(args, "eps", 1e-10));
      return o;
    });
  }
  if (name == "RMSprop") {
    return optimizer_with<RMSprop>(groups, a, [&](const json& args) {
      auto o = std::make_unique<RMSpropOptions>(number(args, "lr", 1e-2));
      o->alpha(number(args, "alpha", 0.99)).eps(number(args, "eps", 1e-8)).centered(args.value("centered", false));
      o->momentum(number(args, "momentum", 0)).weight_decay(number(args, "weight_decay", 0));
      return o;
    });
  }
  throw std::runtime_error("there is no optimizer '" + name + "'");
}

// configure_optimizers' parameters: those that require a gradient (phase 0's, since FTS has frozen the others), all, or
// all in two groups, weights and biases.
std::vector<Parameters> groups_of(const Case& recorded, const torch::nn::Module& module, const plan::Plan& plan) {
  const auto kind = recorded.setting("opt_params", "requires_grad");
  std::set<std::string> first;
  for (const auto position : plan.schedule.phases.front().thaw) first.insert(plan.parameters[position].name);
  std::vector<Parameters> groups(kind == "two_groups" ? 2 : 1);
  std::set<const c10::TensorImpl*> seen;
  for (const auto& p : module.named_parameters()) {
    if (kind == "requires_grad" && !first.contains(p.key())) continue;
    if (!seen.insert(p.value().unsafeGetTensorImpl()).second) continue;
    groups[kind == "two_groups" && p.key().ends_with("bias") ? 1 : 0].push_back(p.value());
  }
  return groups;
}

std::shared_ptr<const plan::Spec> scheduler_of(const json& scheduler) {
  const auto name = scheduler.at("class").get<std::string>();
  const auto* schema = resolve::find_spec(resolve::lr_schedulers(), name);
  if (schema == nullptr) throw std::runtime_error("there is no scheduler '" + name + "'");
  json arguments = scheduler.value("args", json::object());
  if (arguments.contains("lr_lambda")) arguments["lr_lambda"] = lambda_of(arguments["lr_lambda"].get<std::string>());
  if (const auto pl = scheduler.find("pl"); pl != scheduler.end() && pl->is_object()) arguments.update(*pl);
  arguments.erase("strict");
  arguments.erase("name");
  return std::make_shared<const plan::Spec>(plan::Spec{schema->name, std::move(arguments)});
}

}  // namespace

Options options_of(const Case& recorded, const torch::nn::Module& module, const plan::Plan& plan) {
  Options options;
  options.progress = false;
  const auto& optimizer = recorded.config().at("optimizer");
  options.optimizer = make_optimizer(optimizer.at("class").get<std::string>(), optimizer.value("args", json::object()),
                                     groups_of(recorded, module, plan));
  if (const auto scheduler = recorded.setting("lr_scheduler"); scheduler.is_object())
    options.lr_scheduler = scheduler_of(scheduler);
  return options;
}

}  // namespace fts::oracle
