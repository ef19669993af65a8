// strategy … { … }: Lightning's strategy, FTS's strategy_adapter_cfg, the trainer's precision.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/interop/blocks.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

std::string last_piece(std::string_view path) { return std::string(path.substr(path.rfind('.') + 1)); }

bool is_lightnings(std::string_view path) {
  return path.find('.') == std::string_view::npos || path.starts_with("lightning.") ||
         path.starts_with("pytorch_lightning.");
}

const Yaml* init_argument(const Yaml* strategy, std::string_view name) {
  const Yaml* arguments = strategy == nullptr ? nullptr : strategy->given("init_args");
  return arguments == nullptr ? nullptr : arguments->given(name);
}

const Yaml* adapter_cfg(const Configuration& c) {
  if (c.adapter != nullptr) return c.adapter;
  const Yaml* value = argument(c, "strategy_adapter_cfg");
  return value != nullptr && value->is(Kind::map) ? value : nullptr;
}

// What FTS takes a strategy for: a registered name; of an object, its class's registered name or else the class's own.
std::string flag_of(const std::string& name) {
  if (name == "FSDPStrategy") return "fsdp";
  if (name == "SingleDeviceStrategy") return "single_device";
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char ch) { return ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch - 'A' + 'a') : ch; });
  return lower;
}

// DDPStrategy among others: FTS takes "ddp", but no object, as Lightning's class has no registered name.
void check_flag(const Context& context, const Configuration& c) {
  constexpr std::string_view kSupported[] = {"auto",
                                             "ddp",
                                             "ddp_find_unused_parameters_false",
                                             "ddp_find_unused_parameters_true",
                                             "ddp_spawn",
                                             "ddp_fork",
                                             "ddp_notebook",
                                             "single_device",
                                             "fsdp",
                                             "fsdp_cpu_offload",
                                             "modelparallelstrategy"};
  const Yaml* untested = argument(c, "allow_untested");
  if (c.strategy == nullptr || (untested != nullptr && untested->truthy())) return;
  const Yaml* path = c.strategy->is(Kind::string) ? c.strategy : c.strategy->find("class_path");
  if (path == nullptr || !path->is(Kind::string)) return;
  const std::string_view text = path->text;
  const bool lightnings = is_lightnings(text);
  const std::string flag = flag_of(last_piece(text));
  if (!lightnings || std::find(std::begin(kSupported), std::end(kSupported), flag) != std::end(kSupported)) return;
  context.refuse(*path, fmt::format("FTS does not support the strategy '{}'", text),
                 flag == "ddpstrategy"
                     ? "write strategy: ddp (or ddp_find_unused_parameters_true), or pass allow_untested"
                     : "take ddp, FSDPStrategy or ModelParallelStrategy, or pass allow_untested");
}

// The adapter that Lightning's strategy, or else what FTS's own settings are for, asks for.
std::string adapter_of(const Context& context, const Configuration& c) {
  const Yaml* cfg = adapter_cfg(c);
  if (c.strategy != nullptr && !c.strategy->is(Kind::null)) {
    const Yaml* path = c.strategy->is(Kind::string) ? c.strategy : c.strategy->find("class_path");
    const std::string name = path == nullptr ? "" : last_piece(path->text);
    if (name.starts_with("ModelParallel") || name.starts_with("modelparallel")) return "model_parallel";
    if (name.starts_with("FSDP") || name.starts_with("fsdp")) return "fsdp";
    if (name.starts_with("DDP") || name.starts_with("ddp")) return "ddp";
    if (name != "auto" && name != "single_device" && name != "SingleDeviceStrategy")
      context.warn(Code::not_carried_over, *c.strategy, fmt::format("the strategy '{}' has no adapter in fts", name),
                   "fts has base, ddp, fsdp and model_parallel");
  }
  if (cfg != nullptr && (cfg->find("fsdp_plan") != nullptr || cfg->find("fsdp_default_kwargs") != nullptr))
    return "model_parallel";
  if (cfg != nullptr && cfg->find("awp_overrides") != nullptr) return "fsdp";
  if (c.tp_plan != nullptr || c.base_model_tp_plan != nullptr) return "model_parallel";
  return "base";
}

std::string policy_text(const Context& context, const Yaml& policy) {
  const Yaml* path = policy.find("class_path");
  const Yaml* arguments = policy.find("init_args");
  if (path == nullptr || last_piece(path->text) == "ModuleWrapPolicy") {
    const Yaml* classes = path == nullptr        ? &policy
                          : arguments == nullptr ? nullptr
                                                 : arguments->find("module_classes");
    std::string names;
    if (classes != nullptr) {
      for (const auto& e : classes->elements) names += (names.empty() ? "" : ", ") + string_literal(e.text);
      for (const auto& [k, v] : classes->entries) names += (names.empty() ? "" : ", ") + string_literal(k.text);
    }
    if (!names.empty()) return "module_types(" + names + ")";
  } else if (last_piece(path->text) == "size_based_auto_wrap_policy") {
    const Yaml* least = arguments == nullptr ? nullptr : arguments->given("min_num_params");
    return fmt::format("min_num_params({})", least == nullptr ? "1e8" : value_text(context, *least));
  }
  context.refuse(policy, "this auto_wrap_policy cannot be read",
                 "write a ModuleWrapPolicy with module_classes, or size_based_auto_wrap_policy with min_num_params");
  return "none";
}

// Dtypes as words: torch.bfloat16 is one.
std::string dtypes_text(const Context& context, const Yaml& policy) {
  const Yaml* arguments = policy.find("class_path") == nullptr ? &policy : policy.given("init_args");
  std::vector<Attribute> all;
  if (arguments != nullptr) {
    for (const auto& [key, value] : arguments->entries) {
      if (!value.is(Kind::null)) add_dtype(context, key, value, all);
    }
  }
  return body_text(all);
}

void write_fsdp(const Context& context, const Configuration& c, Writer& writer) {
  if (const Yaml* policy = init_argument(c.strategy, "auto_wrap_policy"))
    writer.line("auto_wrap_policy = " + policy_text(context, *policy));
  const Yaml* cfg = adapter_cfg(c);
  if (const Yaml* overrides = cfg == nullptr ? nullptr : cfg->given("awp_overrides")) {
    std::string names;
    for (const auto& e : overrides->elements)
      names += fmt::format("{}fts({})", names.empty() ? "" : ", ", string_literal(e.as_text(), true));
    if (!overrides->is(Kind::list))
      context.refuse(*overrides, "awp_overrides is a list of modules", "write [\"model.classifier\"]");
    writer.line("awp_overrides = [" + names + "]");
  }
  const Yaml* views = init_argument(c.strategy, "use_orig_params");
  if (c.strategy != nullptr)
    writer.line(fmt::format("use_orig_params = {}", views == nullptr || views->truthy()));  // Lightning's default
  for (const char* name : {"limit_all_gathers", "sync_module_states", "sharding_strategy", "backward_prefetch"}) {
    if (const Yaml* value = init_argument(c.strategy, name))
      writer.line(
          fmt::format("{} = {}", name,
                      value->is(Kind::string) ? metric_text(last_piece(value->text)) : value_text(context, *value)));
  }
  if (const Yaml* offload = init_argument(c.strategy, "cpu_offload")) {
    const Yaml* parameters = offload->is(Kind::map) ? init_argument(offload, "offload_params") : offload;
    writer.line(fmt::format("cpu_offload = {}", parameters != nullptr && parameters->truthy()));
  }
  if (const Yaml* mixed = init_argument(c.strategy, "mixed_precision"))
    writer.line("mixed_precision = " + dtypes_text(context, *mixed));
}

void write_model_parallel(const Context& context, const Configuration& c, Writer& writer) {
  std::vector<Attribute> mesh;
  const Yaml* data = init_argument(c.strategy, "data_parallel_size");
  const Yaml* tensor = init_argument(c.strategy, "tensor_parallel_size");
  if (tensor == nullptr) tensor = c.tensor_parallel_size;
  if (data != nullptr) mesh.push_back({"data", word_text(context, *data)});
  if (tensor != nullptr) mesh.push_back({"tensor", word_text(context, *tensor)});
  if (!mesh.empty()) writer.line("mesh = " + body_text(mesh));
  const Yaml* cfg = adapter_cfg(c);
  if (const Yaml* defaults = cfg == nullptr ? nullptr : cfg->given("fsdp_default_kwargs"))
    write_fsdp_defaults(context, *defaults, writer);
  if (const Yaml* plan = cfg == nullptr ? nullptr : cfg->given("fsdp_plan")) write_fsdp_plan(context, *plan, writer);
  if (c.tp_plan != nullptr || c.base_model_tp_plan != nullptr) write_tp_plan(context, c, writer);
}

void write_ddp(const Context& context, const Configuration& c, Writer& writer) {
  if (c.strategy->is(Kind::string) && c.strategy->text.find("find_unused_parameters_true") != std::string::npos)
    writer.line("find_unused_parameters = true");
  for (const char* name : {"find_unused_parameters", "static_graph", "bucket_cap_mb", "gradient_as_bucket_view"}) {
    if (const Yaml* value = init_argument(c.strategy, name))
      writer.line(fmt::format("{} = {}", name, value_text(context, *value)));
  }
}

std::string precision_of(const Context& context, const Configuration& c) {
  const Yaml* value = c.trainer == nullptr ? nullptr : c.trainer->given("precision");
  if (value == nullptr) return {};
  const std::pair<std::string_view, const char*> names[] = {
      {"32", "f32"},        {"32-true", "f32"},     {"64", "f64"},
      {"64-true", "f64"},   {"16", "f16_mixed"},    {"16-mixed", "f16_mixed"},
      {"16-true", "f16"},   {"bf16", "bf16_mixed"}, {"bf16-mixed", "bf16_mixed"},
      {"bf16-true", "bf16"}};
  for (const auto& [python, ours] : names) {
    if (value->as_text() == python) return ours;
  }
  context.warn(Code::not_carried_over, *value, fmt::format("the precision {} has no place in fts", value->in_words()),
               "fts has f32, f64, bf16, f16, bf16_mixed and f16_mixed");
  return {};
}

void check_adapter_settings(const Context& context, const Configuration& c, const std::string& adapter) {
  const Yaml* cfg = adapter_cfg(c);
  const bool sharded = adapter == "model_parallel";
  if (cfg != nullptr) {
    for (const auto& [key, value] : cfg->entries) {
      const std::string name = key.as_text();
      const bool known =
          sharded ? name == "fsdp_plan" || name == "fsdp_default_kwargs" : adapter == "fsdp" && name == "awp_overrides";
      if (!known)
        context.refuse(key, fmt::format("FTS's adapter for {} takes no '{}'", adapter, name),
                       "model_parallel takes fsdp_plan and fsdp_default_kwargs, fsdp takes awp_overrides");
    }
  }
  const Yaml* custom = argument(c, "custom_strategy_adapters");
  if (custom == nullptr || !custom->truthy()) return;
  const std::string flag = adapter == "base"             ? "single_device"
                           : adapter == "model_parallel" ? "modelparallelstrategy"
                                                         : adapter;
  const bool mapped = std::any_of(custom->entries.begin(), custom->entries.end(),
                                  [&](const auto& e) { return e.first.text.starts_with(flag); });
  if (!mapped)
    context.refuse(*custom, fmt::format("custom_strategy_adapters names no adapter for the strategy '{}'", flag),
                   fmt::format("add {}: …", flag));
  else
    context.warn(Code::not_carried_over, *custom, "a strategy adapter written in Python has no place in fts",
                 "write it as a plugin");
}

}  // namespace

void write_strategy(const Context& context, const Configuration& c, Writer& writer) {
  check_flag(context, c);
  if (const Yaml* path = c.strategy == nullptr ? nullptr : c.strategy->find("class_path");
      path != nullptr && is_lightnings(path->text))
    check_strategy_arguments(context, *c.strategy, last_piece(path->text));
  const std::string adapter = adapter_of(context, c);
  check_adapter_settings(context, c, adapter);
  const std::string precision = precision_of(context, c);
  if (adapter == "base" && (precision.empty() || precision == "f32")) return;
  writer.blank();
  writer.open("strategy " + adapter);
  writer.line("adapter = " + adapter);
  if (!precision.empty()) writer.line("precision = " + precision);
  if (adapter == "fsdp") write_fsdp(context, c, writer);
  if (adapter == "ddp") write_ddp(context, c, writer);
  if (adapter == "model_parallel") write_model_parallel(context, c, writer);
  writer.close();
}

}  // namespace fts::interop
