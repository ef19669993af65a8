// fsdp_plan and tp_plan: FTS's and transformers' mappings as rules.
#include <algorithm>

#include <fmt/format.h>

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
    context.warn(Code::read_otherwise, value, fmt::format("FTS knows no act_ckpt '{}' and takes composable", name),
                 "write composable, wrapped or wrapped_offload");
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
      for (const auto& [k, v] : value.entries)
        dtypes.push_back({k.as_text(), v.is(Kind::string) ? v.text : value_text(context, v)});
      all.push_back({name, body_text(dtypes)});
    } else if (is_identifier(name))
      all.push_back({name, value_text(context, value)});
    else
      context.refuse(key, fmt::format("{} is no setting", key.in_words()), "settings are names");
  }
  return all;
}

struct Style {
  std::string_view name;
  std::string_view python;  // other names of it
};
constexpr Style kStyles[] = {{"colwise", "ColwiseParallel"},
                             {"rowwise", "RowwiseParallel"},
                             {"sequence_parallel", "SequenceParallel"},
                             {"prepare_module_input", "PrepareModuleInput"},
                             {"prepare_module_output", "PrepareModuleOutput"},
                             {"colwise_gather_output", "colwise_rep"},
                             {"packed_colwise", "local_packed_colwise"}};

std::string layout(const Context& context, const Yaml& value) {
  if (!value.is(Kind::list)) return value.is(Kind::string) ? value.text : value_text(context, value);
  std::string all;
  for (const auto& e : value.elements) all += (all.empty() ? "" : ", ") + layout(context, e);
  return "[" + all + "]";
}

// A style by name, or {style: ColwiseParallel, input_layouts: …}; empty: fts has none like it.
std::string style_text(const Context& context, const Yaml& value) {
  const Yaml* given = value.is(Kind::map) ? value.find("style") : &value;
  const std::string python = given == nullptr ? "" : given->text.substr(given->text.rfind('.') + 1);
  const auto style = std::find_if(std::begin(kStyles), std::end(kStyles),
                                  [&](const Style& s) { return s.name == python || s.python == python; });
  if (style == std::end(kStyles)) {
    context.warn(Code::not_carried_over, value,
                 fmt::format("the tensor-parallel style '{}' has no place in fts", python),
                 "the modules of this rule are not split");
    return {};
  }
  std::vector<Attribute> layouts;
  for (const auto& [key, v] : value.entries) {
    if (key.text != "style") layouts.push_back({key.as_text(), layout(context, v)});
  }
  return layouts.empty() ? std::string(style->name) : fmt::format("{} {}", style->name, body_text(layouts));
}

void write_styles(const Context& context, const Yaml& plan, const std::string& prefix, Writer& writer) {
  if (!plan.is(Kind::map))
    return context.refuse(plan, fmt::format("a plan is a mapping, not {}", plan.in_words()), "write name: colwise");
  for (const auto& [key, value] : plan.entries) {
    const std::string name = prefix.empty()          ? key.as_text()
                             : key.as_text().empty() ? prefix
                                                     : prefix + "." + key.as_text();
    if (value.is(Kind::map) && value.find("style") == nullptr) {
      write_styles(context, value, name, writer);
      continue;
    }
    if (const auto style = style_text(context, value); !style.empty())
      writer.line(fmt::format("{} => {}", string_literal(name, true), style), key);
  }
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
    writer.line(fmt::format("fts({}) => {}", string_literal(key.as_text()), body_text(rule_settings(context, value))),
                key);
  writer.close();
}

void write_tp_plan(const Context& context, const Configuration& c, Writer& writer) {
  writer.open("tp_plan");
  const std::string prefix = c.base_model_prefix == nullptr ? "" : c.base_model_prefix->as_text();
  if (c.base_model_tp_plan != nullptr) write_styles(context, *c.base_model_tp_plan, prefix, writer);
  if (c.tp_plan != nullptr) write_styles(context, *c.tp_plan, "", writer);
  writer.close();
}

}  // namespace fts::interop
