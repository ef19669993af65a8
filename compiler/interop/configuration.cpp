#include "compiler/interop/configuration.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

const Yaml& no_arguments() {
  static const Yaml empty = [] {
    Yaml y;
    y.kind = Kind::map;
    return y;
  }();
  return empty;
}

std::string class_name(const Yaml& item) {
  const Yaml* path = item.is(Kind::string) ? &item : item.find("class_path");
  return path == nullptr ? "" : path->text.substr(path->text.rfind('.') + 1);
}

const Yaml* arguments_of(const Yaml& item) {
  const Yaml* arguments = item.given("init_args");
  return arguments == nullptr ? &no_arguments() : arguments;
}

void take_callbacks(const Context& context, const Yaml& callbacks, Configuration& into) {
  const auto take = [&](const Yaml& item) {
    const std::string name = class_name(item);
    const auto set = [&](const Yaml*& place) {
      if (place != nullptr) context.refuse(item, fmt::format("there is a second '{}'", name), "FTS takes one");
      place = arguments_of(item);
    };
    if (name.starts_with("FTS")) into.without_scheduler = &item;
    if (name == "FinetuningScheduler") set(into.finetuning_scheduler);
    if (name == "FTSEarlyStopping" || name == "EarlyStopping") set(into.early_stopping);
    if (name == "FTSCheckpoint" || name == "ModelCheckpoint") set(into.checkpoint);
    if (name == "ModelCheckpoint") into.plain_checkpoint = true;
  };
  if (callbacks.is(Kind::map) && callbacks.find("class_path") != nullptr) return take(callbacks);
  for (const auto& item : callbacks.elements) take(item);
  for (const auto& [key, item] : callbacks.entries) take(item);
}

void take_model(const Yaml& model, Configuration& into) {
  const Yaml* arguments = model.given("init_args");
  if (arguments == nullptr) return;
  if (const Yaml* y = arguments->given("no_decay")) into.no_decay = y;
  if (const Yaml* y = arguments->given("optimizer_init")) into.optimizer = y;
  if (const Yaml* y = arguments->given("lr_scheduler_init")) into.lr_scheduler = y;
}

// The value of a string key, which is added where it is not there.
Yaml& at(Yaml& map, const Yaml& key) {
  for (auto& [name, value] : map.entries) {
    if (name.is(Kind::string) && name.text == key.text) return value;
  }
  return map.entries.emplace_back(Yaml::Entry{key, {}}).second;
}

// As LightningCLI lays a later value over an earlier one: an object of the same class, or of a class that is not said
// again, keeps the arguments that it had.
void lay_over(Yaml& earlier, const Yaml& later) {
  const Yaml* before = earlier.find("class_path");
  const Yaml* now = later.find("class_path");
  const bool object = now != nullptr || later.find("init_args") != nullptr || later.find("dict_kwargs") != nullptr;
  const bool none_before = before == nullptr && earlier.find("init_args") == nullptr;
  if (!object || none_before || (now != nullptr && (before == nullptr || before->text != now->text))) {
    earlier = later;
    return;
  }
  for (const auto& [key, value] : later.entries) {
    Yaml& own = at(earlier, key);
    if (!own.is(Kind::map) || !value.is(Kind::map)) {
      own = value;
      continue;
    }
    for (const auto& [name, argument] : value.entries) lay_over(at(own, name), argument);
  }
}

void append(Yaml& callbacks, const Yaml& more) {
  if (!callbacks.is(Kind::list)) {
    std::vector<Yaml> elements;
    if (callbacks.is(Kind::string) || callbacks.find("class_path") != nullptr)
      elements.push_back(callbacks);
    else
      for (auto& [name, callback] : callbacks.entries) elements.push_back(std::move(callback));
    callbacks.kind = Kind::list;
    callbacks.elements = std::move(elements);
    callbacks.entries.clear();
  }
  if (more.is(Kind::list))
    callbacks.elements.insert(callbacks.elements.end(), more.elements.begin(), more.elements.end());
  else if (!more.is(Kind::null))
    callbacks.elements.push_back(more);
}

// Lays a later trainer over an earlier one, argument by argument; `callbacks+` goes behind the callbacks.
void take_trainer(const Yaml& later, Configuration& into) {
  auto trainer = std::make_shared<Yaml>(later);
  if (later.is(Kind::map)) {
    const bool first = into.trainer == nullptr || !into.trainer->is(Kind::map);
    if (first)
      trainer->entries.clear();
    else
      *trainer = *into.trainer;
    for (const auto& [key, value] : later.entries) {
      if (key.is(Kind::string) && key.text == "callbacks+") {
        Yaml name = key;
        name.text = "callbacks";
        append(at(*trainer, name), value);
      } else if (key.is(Kind::string) && key.text == "strategy") {
        lay_over(at(*trainer, key), value);
      } else if (key.is(Kind::string)) {
        at(*trainer, key) = value;
      } else {
        trainer->entries.push_back({key, value});
      }
    }
  }
  into.trainer = into.own(std::move(trainer));
}

void take_strategy(const Yaml& later, Configuration& into) {
  auto strategy = std::make_shared<Yaml>(into.strategy == nullptr ? later : *into.strategy);
  if (into.strategy != nullptr) lay_over(*strategy, later);
  into.strategy = into.own(std::move(strategy));
}

// jsonargparse passes dict_kwargs, what a constructor takes beyond its named arguments, along with init_args.
void take_more_arguments(Configuration& into) {
  const Yaml* more = into.strategy == nullptr ? nullptr : into.strategy->given("dict_kwargs");
  if (more == nullptr || !more->is(Kind::map)) return;
  auto strategy = std::make_shared<Yaml>(*into.strategy);
  Yaml name;
  name.kind = Kind::string;
  name.text = "init_args";
  name.span = more->span;
  Yaml& arguments = at(*strategy, name);
  if (arguments.is(Kind::null)) {
    arguments.kind = Kind::map;
    arguments.span = more->span;
  }
  for (const auto& [key, value] : more->entries) at(arguments, key) = value;
  into.strategy = into.own(std::move(strategy));
}

// LightningCLI refuses every name that it does not know; of a part of a configuration, or a model's own, only those
// that were meant for it can be told.
void report_unknown(const Context& context, const Yaml& key, const std::string& name) {
  std::vector<std::string> near;  // by one letter; what is further away, or near a name as short as "model", is a word
  for (const std::string_view known :
       {"trainer", "optimizer", "lr_scheduler", "strategy", "callbacks", "strategy_adapter_cfg"}) {
    if (edit_distance(name, known, 1) <= 1) near.emplace_back(known);
  }
  if (!near.empty()) return context.refuse(key, fmt::format("a configuration has no '{}'", name), did_you_mean(near));
  context.warn(Code::not_carried_over, key, fmt::format("'{}' is nothing that import reads", name),
               "see docs/INTEROP.md for what it reads");
}

void take(const Context& context, const Yaml& root, Configuration& into) {
  if (!root.is(Kind::map)) {
    if (!root.is(Kind::null))
      context.refuse(root, fmt::format("a configuration is a mapping, not {}", root.in_words()),
                     "write trainer: …, strategy: …");
    return;
  }
  if (const Yaml* fit = root.given("fit"); fit != nullptr && fit->is(Kind::map)) take(context, *fit, into);
  const std::pair<const char*, const Yaml * Configuration::*> parts[] = {
      {"optimizer", &Configuration::optimizer},
      {"lr_scheduler", &Configuration::lr_scheduler},
      {"no_decay", &Configuration::no_decay},
      {"strategy_adapter_cfg", &Configuration::adapter},
      {"tp_plan", &Configuration::tp_plan},
      {"base_model_tp_plan", &Configuration::base_model_tp_plan},
      {"base_model_prefix", &Configuration::base_model_prefix},
      {"tensor_parallel_size", &Configuration::tensor_parallel_size}};
  constexpr std::string_view kSizes[] = {"num_attention_heads", "num_key_value_heads", "hidden_size", "vocab_size"};
  constexpr std::string_view kElsewhere[] = {"fit", "callbacks", "model", "data", "seed_everything", "ckpt_path"};
  for (const auto& [key, value] : root.entries) {
    const std::string name = key.as_text();
    const auto part = std::find_if(std::begin(parts), std::end(parts), [&](const auto& p) { return name == p.first; });
    if (name == "trainer")
      take_trainer(value, into);
    else if (name == "strategy")
      take_strategy(value, into);
    else if (part != std::end(parts))
      into.*part->second = &value;
    else if (std::find(std::begin(kSizes), std::end(kSizes), name) != std::end(kSizes))
      into.sizes.emplace_back(name, &value);
    else if (std::find(std::begin(kElsewhere), std::end(kElsewhere), name) == std::end(kElsewhere))
      report_unknown(context, key, name);
  }
  if (const Yaml* model = root.given("model")) take_model(*model, into);
  if (const Yaml* callbacks = root.given("callbacks")) take_callbacks(context, *callbacks, into);
}

}  // namespace

Configuration configuration_of(const Context& context, const std::vector<Document>& documents) {
  Configuration all;
  for (const auto& document : documents) take(context, document.root, all);
  if (all.trainer != nullptr) {
    if (const Yaml* callbacks = all.trainer->given("callbacks")) take_callbacks(context, *callbacks, all);
    if (const Yaml* strategy = all.trainer->given("strategy"); all.strategy == nullptr) all.strategy = strategy;
  }
  take_more_arguments(all);
  if (all.finetuning_scheduler != nullptr) all.without_scheduler = nullptr;
  return all;
}

const Yaml* argument(const Configuration& configuration, std::string_view name) {
  return configuration.finetuning_scheduler == nullptr ? nullptr : configuration.finetuning_scheduler->find(name);
}

}  // namespace fts::interop
