// fsdp_plan and tp_plan: FTS's and transformers' mappings as rules.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/interop/blocks.hpp"

namespace fts::interop {

namespace {

using Kind = Yaml::Kind;

// act_ckpt: [mode, {settings}], as FTS unpacks it.
std::string checkpointing(const Context& context, const Yaml& value) {
  const Yaml* mode = value.elements.empty() ? nullptr : &value.elements[0];
  if (value.is(Kind::string)) {
    context.refuse(value, "act_ckpt is a list, and FTS would take this string apart",
                   fmt::format("write ['{}']", value.text));
    return "none";
  }
  constexpr std::string_view kModes[] = {"composable", "wrapped", "wrapped_offload"};
  std::string name = mode == nullptr ? "composable" : mode->as_text();
  if (std::find(std::begin(kModes), std::end(kModes), name) == std::end(kModes)) {
    const auto near = nearest(name, {std::begin(kModes), std::end(kModes)});
    context.warn(Code::read_otherwise, value, fmt::format("FTS knows no act_ckpt '{}' and takes composable", name),
                 near.empty() ? "write composable, wrapped or wrapped_offload" : did_you_mean(near));
    name = "composable";
  }
  const bool settings = value.elements.size() > 1 && value.elements[1].is(Kind::map) && value.elements[1].truthy();
  return settings ? name + " " + value_text(context, value.elements[1]) : name;
}

std::vector<Attribute> rule_settings(const Context& context, const Yaml& rule) {
  std::vector<Attribute> all;
  if (!rule.is(Kind::map)) {
    context.refuse(rule, fmt::format("a rule is a mapping of settings, not {}", rule.in_words()), "write {}");
    return all;
  }
  for (const auto& [key, value] : rule.entries) {
    const std::string name = key.as_text();
    const bool offload = name == "cpu_offload_policy" || name == "offload_policy";
    if (name == "act_ckpt")
      all.push_back({name, checkpointing(context, value)});
    else if (offload && !value.is(Kind::map))
      context.refuse(value, fmt::format("{} is a mapping, not {}", name, value.in_words()), "write {}");
    else if (name == "mp_policy" && value.is(Kind::map)) {
      std::vector<Attribute> dtypes;
      for (const auto& [k, v] : value.entries) add_dtype(context, k, v, dtypes);
      all.push_back({name, body_text(dtypes)});
    } else if (attribute_name(context, key))
      all.push_back({name, value_text(context, value)});
  }
  return all;
}

// The language's styles, most of them transformers' own.
constexpr std::string_view kStyles[] = {"colwise",
                                        "rowwise",
                                        "colwise_gather_output",
                                        "rowwise_split_input",
                                        "packed_colwise",
                                        "packed_rowwise",
                                        "embedding_rowwise",
                                        "sequence_parallel",
                                        "moe_tp_experts",
                                        "moe_identity_expert",
                                        "mla_kv_a_proj",
                                        "replicated_with_grad_allreduce",
                                        "local_params",
                                        "prepare_module_input",
                                        "prepare_module_output"};
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"ColwiseParallel", "colwise"},
    {"RowwiseParallel", "rowwise"},
    {"SequenceParallel", "sequence_parallel"},
    {"PrepareModuleInput", "prepare_module_input"},
    {"PrepareModuleOutput", "prepare_module_output"},
    {"colwise_rep", "colwise_gather_output"},
    {"rowwise_rep", "rowwise_split_input"}};

// What transformers has, or had, beside them.
constexpr std::string_view kAbsent[] = {"grouped_gemm",
                                        "ep_dispatch_experts",
                                        "embedding_colwise",
                                        "all_reduce",
                                        "replicate",
                                        "ep_router",
                                        "gather",
                                        "local",
                                        "local_colwise",
                                        "local_rowwise",
                                        "local_packed_rowwise",
                                        "isolated",
                                        "auto",
                                        "replicated"};

// The style of that name; empty: fts has none like it.
std::string_view style_named(const std::string& python) {
  for (const auto& [other, ours] : kOtherNames) {
    if (other == python) return ours;
  }
  const auto* style = std::find(std::begin(kStyles), std::end(kStyles), python);
  return style == std::end(kStyles) ? std::string_view{} : *style;
}

// "shard(1)" or a word, as they stand.
bool is_call_of_a_number(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')') || !is_identifier(text.substr(0, open))) return false;
  const auto digits = text.substr(open + 1, text.size() - open - 2);
  return !digits.empty() && digits.size() < 10 && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string layout(const Context& context, const Yaml& value) {
  if (value.is(Kind::string) && is_call_of_a_number(value.text)) return value.text;
  if (!value.is(Kind::list)) return word_text(context, value);
  std::string all;
  for (const auto& e : value.elements) all += (all.empty() ? "" : ", ") + layout(context, e);
  return "[" + all + "]";
}

// A style by name, or {style: ColwiseParallel, input_layouts: …}; empty: fts has none like it.
std::string style_text(const Context& context, const Yaml& value) {
  const Yaml* given = value.is(Kind::map) ? value.find("style") : &value;
  const std::string python = given == nullptr ? "" : given->text.substr(given->text.rfind('.') + 1);
  const std::string_view style = style_named(python);
  if (style.empty()) {
    const auto near = nearest(python, {std::begin(kStyles), std::end(kStyles)});
    const bool anothers = std::find(std::begin(kAbsent), std::end(kAbsent), python) != std::end(kAbsent) ||
                          (given != nullptr && given->text.find('.') != std::string::npos);
    if (!near.empty() && !anothers) {
      context.refuse(value, fmt::format("transformers has no tensor-parallel style '{}'", python), did_you_mean(near));
      return {};
    }
    context.warn(Code::not_carried_over, value,
                 fmt::format("the tensor-parallel style '{}' has no place in fts", python),
                 "the modules of this rule are not split");
    return {};
  }
  std::vector<Attribute> layouts;
  for (const auto& [key, v] : value.entries) {
    if (key.text == "style") continue;
    if (const auto name = attribute_name(context, key)) layouts.push_back({*name, layout(context, v)});
  }
  return layouts.empty() ? std::string(style) : fmt::format("{} {}", style, body_text(layouts));
}

struct Rule {
  std::string name;
  std::string style;
  const Yaml* key = nullptr;
};

void collect(const Context& context, const Yaml& plan, const std::string& prefix, std::vector<Rule>& rules) {
  if (!plan.is(Kind::map))
    return context.refuse(plan, fmt::format("a plan is a mapping, not {}", plan.in_words()), "write name: colwise");
  for (const auto& [key, value] : plan.entries) {
    const std::string own = key.as_text();
    const std::string name = prefix.empty() || own.empty() ? prefix + own : prefix + "." + own;
    if (value.is(Kind::map) && value.find("style") == nullptr)
      collect(context, value, name, rules);
    else if (auto style = style_text(context, value); !style.empty())
      rules.push_back({name, std::move(style), &key});
  }
}

// transformers keys fused experts by parameter, beside a rule for the module that holds them, and attention's sinks,
// whose module holds projections too, so that only the name tells.
bool of_parameter(const Rule& rule, const std::vector<Rule>& rules) {
  const bool sinks = rule.name.ends_with(".sinks");
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& r) {
    const bool holds = r.style.starts_with("moe_") || (sinks && r.style == "local_params");
    return holds && rule.name.substr(0, rule.name.rfind('.')) == r.name;
  });
}

void write_rules(const std::string& name, const std::vector<Rule>& rules, Writer& writer) {
  if (rules.empty()) return;
  writer.open(name);
  for (const auto& rule : rules)
    writer.line(fmt::format("{} => {}", string_literal(rule.name, true), rule.style), *rule.key);
  writer.close();
}

}  // namespace

void write_fsdp_defaults(const Context& context, const Yaml& defaults, Writer& writer) {
  writer.line("fsdp_default_kwargs = " + body_text(rule_settings(context, defaults)), defaults);
}

void write_fsdp_plan(const Context& context, const Yaml& plan, Writer& writer) {
  if (!plan.is(Kind::map))
    return context.refuse(plan, fmt::format("fsdp_plan is a mapping of modules, not {}", plan.in_words()),
                          "write 'model.layers.0': {}");
  writer.open("fsdp_plan");
  for (const auto& [key, value] : plan.entries)
    writer.line(
        fmt::format("fts({}) => {}", string_literal(key.as_text(), true), body_text(rule_settings(context, value))),
        key);
  writer.close();
}

void write_tp_plan(const Context& context, const Configuration& c, Writer& writer) {
  const std::string prefix = c.base_model_prefix == nullptr ? "" : c.base_model_prefix->as_text();
  std::vector<Rule> rules;
  if (c.base_model_tp_plan != nullptr) collect(context, *c.base_model_tp_plan, prefix, rules);
  if (c.tp_plan != nullptr) collect(context, *c.tp_plan, "", rules);
  const auto parameters =
      std::stable_partition(rules.begin(), rules.end(), [all = rules](const Rule& r) { return !of_parameter(r, all); });
  write_rules("tp_plan", {rules.begin(), parameters}, writer);
  write_rules("tp_parameters", {parameters, rules.end()}, writer);
}

}  // namespace fts::interop
