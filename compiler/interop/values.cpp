#include "compiler/interop/values.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

// Arguments of torch.optim that change how a step is computed, not what it does, and the classes that do not have them.
struct Implementation {
  std::string_view name;
  std::vector<std::string_view> absent;
};
const std::vector<Implementation>& implementations() {
  static const std::vector<Implementation> all = {{"foreach", {"LBFGS"}},
                                                  {"fused", {"LBFGS", "RMSprop"}},
                                                  {"capturable", {"LBFGS", "SGD", "Adagrad"}},
                                                  {"differentiable", {"LBFGS"}}};
  return all;
}

// An argument of the optimizer that only says how its steps are computed.
bool is_implementation(const resolve::SpecSchema& optimizer, std::string_view name) {
  return std::any_of(implementations().begin(), implementations().end(), [&](const Implementation& argument) {
    return argument.name == name &&
           std::find(argument.absent.begin(), argument.absent.end(), optimizer.class_name) == argument.absent.end();
  });
}

// fused = True goes with neither of the others: torch's constructors refuse it.
void check_fused(const Context& context, const Yaml& arguments) {
  const auto on = [&](const char* name) {
    const Yaml* value = arguments.given(name);
    return value != nullptr && value->truthy();
  };
  for (const char* other : {"foreach", "differentiable"}) {
    if (on("fused") && on(other))
      context.refuse(*arguments.find("fused"), fmt::format("fused and {} do not go together", other),
                     "leave one of them out");
  }
}

const resolve::Type* type_within(const resolve::Type* type) {
  return type == nullptr || type->element == nullptr ? nullptr : type->element.get();
}

const resolve::Type* of_kind(const resolve::Type* type, resolve::Kind kind) {
  if (type == nullptr || type->kind == kind) return type;
  for (const auto& other : type->alternatives) {
    if (other.kind == kind) return &other;
  }
  return nullptr;
}

std::string string_text(const Yaml& value, const resolve::Type* type) {
  const auto* words = of_kind(type, resolve::Kind::word);
  const bool word =
      words != nullptr && std::find(words->words.begin(), words->words.end(), value.text) != words->words.end();
  if (word && is_identifier(value.text)) return value.text;
  if (type != nullptr && type->kind == resolve::Kind::metric) return metric_text(value.text);
  return string_literal(value.text);
}

// The class that a path names; an error if fts has none.
const resolve::SpecSchema* class_of(const Context& context, const Yaml& init,
                                    const std::vector<resolve::SpecSchema>& known, Dialect dialect) {
  const Yaml* path = init.find("class_path");
  if (path == nullptr || !path->truthy()) {
    context.refuse(path == nullptr ? init : *path, "a class_path is missing here",
                   "write class_path: torch.optim.… and init_args: {…}");
    return nullptr;
  }
  const auto dot = path->text.rfind('.');
  if (!path->is(Kind::string) || (dialect == Dialect::schedule && dot == std::string::npos)) {
    context.refuse(*path, fmt::format("'{}' is no path of a class", path->text), "write the module too: torch.optim.…");
    return nullptr;
  }
  const std::string name = dot == std::string::npos ? path->text : path->text.substr(dot + 1);
  const bool torchs = dot == std::string::npos || path->text.starts_with("torch.optim.") ||
                      path->text.starts_with("lightning.pytorch.cli.");
  const auto* schema = torchs ? resolve::find_spec(known, name) : nullptr;
  if (schema != nullptr && schema->class_name == name) return schema;
  std::vector<std::string_view> classes;
  for (const auto& spec : known) classes.push_back(spec.class_name);
  std::string all;
  for (const auto c : classes) all += (all.empty() ? "" : ", ") + std::string(c);
  const auto near = nearest(name, classes);
  context.diagnostics.report(Code::unknown_class, path->span, fmt::format("fts has no '{}'", path->text)).help =
      near.empty() ? "it has " + all : did_you_mean(near);
  return nullptr;
}

bool add_arguments(const Context& context, const Yaml& init, const resolve::SpecSchema& schema,
                   std::vector<Attribute>& into) {
  const Yaml* arguments = init.find("init_args");
  if (arguments == nullptr) return true;
  if (!arguments->is(Kind::map)) {
    context.refuse(*arguments, fmt::format("init_args is a mapping, not {}", arguments->in_words()),
                   "write init_args: {}");
    return false;
  }
  const bool optimizer = resolve::find_spec(resolve::optimizers(), schema.class_name) != nullptr;
  if (optimizer) check_fused(context, *arguments);
  for (const auto& [key, value] : arguments->entries) {
    const std::string name = key.as_text();
    if (name == "optimizer" && !optimizer) {
      context.warn(Code::ignored_by_fts, key, "a scheduler's 'optimizer' has no effect: FTS passes its own",
                   "remove it");
      continue;
    }
    const auto* attribute = schema.arguments.find(name);
    const bool nothing = value.is(Kind::null) && attribute != nullptr && !attribute->fallback && name != "lr_lambda";
    const bool minus_one = !optimizer && name == "last_epoch" && value.is(Kind::integer) && value.integer == -1;
    if (nothing || minus_one || (optimizer && is_implementation(schema, name))) continue;
    if (attribute_name(context, key))
      into.push_back({name, value_text(context, value, attribute == nullptr ? nullptr : &attribute->type)});
  }
  return true;
}

void add_lightning_keys(const Context& context, const Yaml& cfg, std::vector<Attribute>& into) {
  if (!cfg.is(Kind::map))
    return context.refuse(cfg, fmt::format("pl_lrs_cfg is a mapping, not {}", cfg.in_words()), "write interval: epoch");
  context.ignore_others(cfg, {"interval", "frequency", "monitor", "name", "strict", "reduce_on_plateau", "scheduler"},
                        "pl_lrs_cfg");
  if (const Yaml* scheduler = cfg.find("scheduler"))
    context.refuse(*scheduler, "FTS passes the scheduler itself, and fails on a second one", "remove it");
  for (const char* name : {"interval", "frequency"}) {
    if (const Yaml* value = cfg.find(name); value != nullptr && value->is(Kind::null))
      context.refuse(*value, fmt::format("{} is null, and Lightning fails on that", name), "leave it out");
  }
  static const auto& arguments = resolve::lr_schedulers().front().arguments;
  for (const char* name : {"interval", "frequency", "monitor"}) {
    if (const Yaml* value = cfg.given(name))
      into.push_back({name, value_text(context, *value, &arguments.find(name)->type)});
  }
}

void add_initial_rates(const Context& context, const Yaml& rates, bool implicit, std::vector<Attribute>& into) {
  if (implicit)
    return context.refuse(rates, "reinit_lr_cfg takes no init_pg_lrs: the groups differ from phase to phase",
                          "remove it");
  if (!rates.is(Kind::list))
    return context.refuse(rates, fmt::format("init_pg_lrs is a list of rates, not {}", rates.in_words()),
                          "write one a group");
  std::string text;
  for (const auto& element : rates.elements) {
    if (element.is(Kind::string) && python_float(element.text)) {
      context.refuse(element,
                     fmt::format("the rate {} is a string, and the scheduler would fail on it", element.in_words()),
                     "YAML 1.1 reads a number only with a dot and a signed exponent, such as 1.0e-3");
      continue;
    }
    if (const auto value = rate(context, element, "a rate of init_pg_lrs"))
      text += (text.empty() ? "" : ", ") + number_text(*value);
  }
  into.push_back({"init_pg_lrs", "[" + text + "]"});
}

// The init part of a reinitialisation: {class_path, init_args}.
const Yaml* init_part(const Context& context, const Yaml& value, const char* key) {
  if (!value.is(Kind::map)) {
    context.refuse(value, fmt::format("a mapping with {} is wanted here, not {}", key, value.in_words()),
                   fmt::format("write {}: {{class_path: …}}", key));
    return nullptr;
  }
  const Yaml* init = value.find(key);
  if (init == nullptr || !init->is(Kind::map)) {
    context.refuse(init == nullptr ? value : *init, fmt::format("{} is missing here", key),
                   fmt::format("write {}: {{class_path: …}}", key));
    return nullptr;
  }
  context.ignore_others(*init, {"class_path", "init_args"}, key);
  return init;
}

}  // namespace

std::string word_text(const Context& context, const Yaml& value) {
  return value.is(Yaml::Kind::string) ? metric_text(value.text) : value_text(context, value);
}

std::optional<std::string> attribute_name(const Context& context, const Yaml& key) {
  std::string name = key.as_text();
  if (metric_text(name) == name) return name;  // a word, and none of the language's own
  context.refuse(key, fmt::format("{} is the name of nothing", key.in_words()), "settings and arguments are names");
  return std::nullopt;
}

void add_dtype(const Context& context, const Yaml& key, const Yaml& value, std::vector<Attribute>& into) {
  const bool of_torch = value.is(Yaml::Kind::string) && value.text.starts_with("torch.") &&
                        is_identifier(std::string_view(value.text).substr(6));
  if (const auto name = attribute_name(context, key))
    into.push_back({*name, of_torch ? value.text : word_text(context, value)});
}

void Context::refuse(const Yaml& value, std::string message, std::string help) const {
  diagnostics.report(Code::bad_yaml_value, value.span, std::move(message)).help = std::move(help);
}

void Context::warn(Code code, const Yaml& value, std::string message, std::string help) const {
  diagnostics.report(code, value.span, std::move(message)).help = std::move(help);
}

void Context::ignore_others(const Yaml& map, const std::vector<std::string_view>& known,
                            const std::string& what) const {
  for (const auto& [key, value] : map.entries) {
    const std::string name = key.as_text();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = nearest(name, known);
    std::string all;
    for (const auto k : known) all += (all.empty() ? "" : ", ") + std::string(k);
    warn(Code::ignored_by_fts, key, fmt::format("FTS ignores '{}' in {}", name, what),
         near.empty() ? "it reads " + all : did_you_mean(near));
  }
}

std::string value_text(const Context& context, const Yaml& value, const resolve::Type* type) {
  switch (value.kind) {
    case Kind::null: return "none";
    case Kind::boolean: return value.truth ? "true" : "false";
    case Kind::integer: return std::to_string(value.integer);
    case Kind::string: return string_text(value, type);
    case Kind::real: {
      if (!std::isfinite(value.real)) {
        context.refuse(value, fmt::format("{} is no finite number", value.text), "write a number");
        return "0.0";
      }
      const bool whole = of_kind(type, resolve::Kind::integer) != nullptr && value.real == std::floor(value.real) &&
                         std::abs(value.real) < 1e15;
      return whole ? std::to_string(static_cast<std::int64_t>(value.real)) : number_text(value.real);
    }
    case Kind::list: {
      std::string text;
      for (const auto& e : value.elements)
        text += (text.empty() ? "" : ", ") + value_text(context, e, type_within(of_kind(type, resolve::Kind::list)));
      return "[" + text + "]";
    }
    case Kind::map: {
      std::vector<Attribute> attributes;
      for (const auto& [k, v] : value.entries) {
        if (const auto name = attribute_name(context, k)) attributes.push_back({*name, value_text(context, v)});
      }
      return body_text(attributes);
    }
  }
  return {};
}

std::optional<double> rate(const Context& context, const Yaml& value, const std::string& what) {
  std::optional<double> number;
  if (value.is_number()) number = value.real;
  if (value.is(Kind::string)) number = python_float(value.text);
  if (value.is(Kind::boolean)) {
    number = value.truth ? 1.0 : 0.0;
    context.warn(Code::read_otherwise, value,
                 fmt::format("{} is {}, which FTS reads as {}", what, value.in_words(), *number), "write a number");
  }
  if (!number) {
    context.refuse(value, fmt::format("{} is {}, and no number", what, value.in_words()),
                   "write a number, such as 1.0e-5");
    return std::nullopt;
  }
  if (std::isfinite(*number)) return number;
  context.refuse(value, fmt::format("{} is {}: the first step would destroy the weights", what, value.as_text()),
                 "write a finite number");
  return std::nullopt;
}

std::optional<std::string> spec_text(const Context& context, const Yaml& init,
                                     const std::vector<resolve::SpecSchema>& known, Dialect dialect,
                                     std::vector<Attribute> more) {
  const auto* schema = class_of(context, init, known, dialect);
  std::vector<Attribute> attributes;
  if (schema == nullptr || !add_arguments(context, init, *schema, attributes)) return std::nullopt;
  for (auto& attribute : more) attributes.push_back(std::move(attribute));
  return attributes.empty() ? schema->name : schema->name + " " + body_text(attributes);
}

std::optional<std::string> new_optimizer_text(const Context& context, const Yaml& value) {
  const Yaml* init = init_part(context, value, "optimizer_init");
  if (init == nullptr) return std::nullopt;
  context.ignore_others(value, {"optimizer_init"}, "new_optimizer");
  return spec_text(context, *init, resolve::optimizers(), Dialect::schedule);
}

std::optional<std::string> new_lr_scheduler_text(const Context& context, const Yaml& value, bool implicit) {
  const Yaml* init = init_part(context, value, "lr_scheduler_init");
  if (init == nullptr) return std::nullopt;
  context.ignore_others(value, {"lr_scheduler_init", "pl_lrs_cfg", "init_pg_lrs", "use_current_optimizer_pg_lrs"},
                        "new_lr_scheduler");
  const Yaml* arguments = init->find("init_args");
  if (arguments == nullptr && init->find("class_path") != nullptr) {
    context.refuse(*init, "FTS needs init_args of a scheduler, even where there are none", "write init_args: {}");
    return std::nullopt;
  }
  const Yaml* least = implicit && arguments != nullptr ? arguments->find("min_lr") : nullptr;
  if (least != nullptr && least->is(Kind::list))
    context.refuse(*least, "min_lr is one number here: the groups differ from phase to phase", "write a number");
  std::vector<Attribute> more;
  if (const Yaml* cfg = value.find("pl_lrs_cfg")) {
    add_lightning_keys(context, *cfg, more);
    const Yaml* path = init->find("class_path");
    const Yaml* on_plateau = cfg->given("reduce_on_plateau");
    if (on_plateau != nullptr && path != nullptr && on_plateau->truthy() != path->text.ends_with("ReduceLROnPlateau"))
      context.refuse(*on_plateau, "reduce_on_plateau does not fit the scheduler, and its first step would fail",
                     "leave it out");
  }
  if (const Yaml* rates = value.find("init_pg_lrs")) add_initial_rates(context, *rates, implicit, more);
  if (const Yaml* current = value.find("use_current_optimizer_pg_lrs"); current != nullptr && current->truthy())
    more.push_back({"use_current_optimizer_pg_lrs", "true"});
  return spec_text(context, *init, resolve::lr_schedulers(), Dialect::schedule, std::move(more));
}

}  // namespace fts::interop
