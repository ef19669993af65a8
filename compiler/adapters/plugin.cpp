// plugin("name" | "x.so:Class" | "x.so"): an adapter from a shared library, by the schema beside it.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>

#include <fmt/format.h>

#include "compiler/adapters/plugin_schema.hpp"
#include "compiler/adapters/schemas.hpp"
#include "compiler/adapters/strategy.hpp"
#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/value.hpp"

namespace fts::adapters {

namespace {

// A schema that was read, as the evaluator wants it.
struct Loaded : resolve::SpecSchema {
  PluginClass plugin;
};

resolve::SpecSchema bare() {
  return {.name = "plugin",
          .class_name = "",
          .doc = "An adapter from a shared library.",
          .arguments = {.name = "plugin",
                        .attributes = {{.name = "which",
                                        .type = resolve::type::string(),
                                        .doc = "Its name, or its library.",
                                        .required = true}}},
          .positional = {"which"}};
}

std::vector<std::string> folders_of(const std::string& folder) {
  std::vector<std::string> folders = {folder.empty() ? "." : folder};
  const char* path = std::getenv("FTS_ADAPTER_PATH");
  std::stringstream listed(path == nullptr ? "" : path);
  for (std::string each; std::getline(listed, each, ':');) {
    if (!each.empty()) folders.push_back(each);
  }
  return folders;
}

class Plugins {
 public:
  explicit Plugins(const std::string& folder) : folders_(folders_of(folder)) {}

  const resolve::SpecSchema* find(const resolve::Body& arguments, Diagnostics& diagnostics) {
    const auto which = arguments.text("which");
    if (!which) return unknown_.get();  // the evaluator says that it is missing
    const auto [at, fresh] = loaded_.try_emplace(*which);
    if (fresh) at->second = load(*which, arguments.value("which")->span, diagnostics);
    return at->second.get();
  }

  std::unique_ptr<Loaded> load(const std::string& which, Span span, Diagnostics& diagnostics) const {
    const auto place = find_plugin(which, folders_);
    if (!place && folders_.size() == 1 && which.find(".so") == std::string::npos) {
      return open();  // a name, and no folder of plugins on this machine: the run will find it
    }
    if (!place) {
      auto& d =
          diagnostics.report(Code::plugin_not_found, span, fmt::format("no schema of the plugin '{}' is found", which));
      d.notes.push_back({place.error(), {}});
      d.help = "its build writes the schema beside the library; FTS_ADAPTER_PATH lists folders with plugins";
      return nullptr;
    }
    const auto invalid = [&](const std::string& why) {
      diagnostics.report(Code::plugin_schema_invalid, span, fmt::format("'{}': {}", place->path, why)).help =
          "build the plugin again with this version; the format is in docs/PLUGINS.md";
      return nullptr;
    };
    std::ifstream in(place->path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto schema = read_plugin_schema(text);
    if (!schema) return invalid(schema.error());
    std::vector<std::string_view> names;
    for (auto& plugin : schema->classes) {
      const bool only = place->class_name.empty() && schema->classes.size() == 1;
      if (only || plugin.name == place->class_name || plugin.class_name == place->class_name)
        return made(std::move(plugin));
      names.push_back(plugin.name);
    }
    return invalid(
        fmt::format("it has the adapters {}; say which, as \"{}:{}\"", fmt::join(names, ", "), which, names.front()));
  }

 private:
  // Nothing is known of it: whatever is written is taken.
  static std::unique_ptr<Loaded> open() {
    auto loaded = made({});
    loaded->arguments.open = true;
    return loaded;
  }

  static std::unique_ptr<Loaded> made(PluginClass plugin) {
    auto loaded = std::make_unique<Loaded>();
    static_cast<resolve::SpecSchema&>(*loaded) = bare();
    loaded->doc = plugin.doc;
    auto& attributes = loaded->arguments.attributes;
    attributes.insert(attributes.end(), plugin.attributes.begin(), plugin.attributes.end());
    loaded->plugin = std::move(plugin);
    return loaded;
  }

  std::vector<std::string> folders_;
  std::unique_ptr<Loaded> unknown_ = open();
  std::map<std::string, std::unique_ptr<Loaded>> loaded_;  // null: a fault was reported
};

const PluginClass& plugin_of(const resolve::Strategy& strategy) {
  return static_cast<const Loaded*>(strategy.adapter->schema)->plugin;
}

bool is_given(const resolve::Strategy& strategy, const std::string& name) {
  return strategy.adapter->arguments.given(name) != nullptr || strategy.body->given(name) != nullptr;
}

void check_renames(const check::Context& context, const resolve::Strategy& strategy) {
  std::map<std::string, ParamId> seen;
  if (plugin_of(strategy).renames.empty()) return;
  for (ParamId p = 0; p < context.graph.parameter_count(); ++p) {
    const auto [at, fresh] = seen.try_emplace(renamed(plugin_of(strategy).renames, context.graph.parameter(p).name), p);
    if (fresh) continue;
    context.diagnostics
        .report(Code::plugin_constraint, strategy.body->value("adapter")->span,
                fmt::format("the plugin calls both '{}' and '{}' '{}'", context.graph.parameter(at->second).name,
                            context.graph.parameter(p).name, at->first))
        .help = "its renames do not fit this model";
    return;
  }
}

}  // namespace

resolve::SpecSchema plugin_schema(const std::string& folder) {
  resolve::SpecSchema schema = bare();
  schema.refine = [plugins = std::make_shared<Plugins>(folder)](const resolve::Body& arguments,
                                                                Diagnostics& diagnostics) {
    return plugins->find(arguments, diagnostics);
  };
  return schema;
}

void check_plugin(const check::Context& context, const resolve::Strategy& strategy) {
  for (const auto& constraint : plugin_of(strategy).constraints) {
    if (!is_given(strategy, constraint.attribute)) continue;
    const Span span = setting(strategy, constraint.attribute) == nullptr
                          ? strategy.name_span
                          : setting(strategy, constraint.attribute)->span;
    const auto say = [&](std::string_view verb, const std::string& other, std::string help) {
      context.diagnostics
          .report(Code::plugin_constraint, span, fmt::format("'{}' {} '{}'", constraint.attribute, verb, other))
          .help = std::move(help);
    };
    for (const auto& other : constraint.needs) {
      if (!is_given(strategy, other)) say("needs", other, fmt::format("write {} = … too", other));
    }
    for (const auto& other : constraint.excludes) {
      if (is_given(strategy, other)) say("excludes", other, "leave one of the two out");
    }
  }
  check_renames(context, strategy);
}

std::optional<graph::ParamGraph> in_plugins_names(const graph::ParamGraph& graph, const std::string& which,
                                                  const std::string& folder) {
  Diagnostics ignored;  // the evaluation of the strategy reports them
  const auto plugin = Plugins(folder).load(which, {}, ignored);
  if (!plugin || plugin->plugin.renames.empty()) return std::nullopt;
  graph::ParamGraphBuilder builder;
  builder.set_model(graph.model());
  builder.add_module("", graph.module(0).type);
  std::vector<std::string> names;
  for (ParamId p = 0; p < graph.parameter_count(); ++p) {
    const auto parameter = graph.parameter(p);
    names.push_back(renamed(plugin->plugin.renames, parameter.name));
    if (!parameter.shape_known) {
      builder.add_parameter_name(names.back());
    } else {
      builder.add_parameter(
          names.back(), parameter.shape, parameter.dtype, parameter.requires_grad,
          parameter.tied_to == graph::kNone ? std::string_view() : std::string_view(names[parameter.tied_to]));
    }
  }
  for (const auto name : graph.buffer_names()) builder.add_buffer(renamed(plugin->plugin.renames, name));
  auto result = builder.finish();
  if (!result) return std::nullopt;
  return std::move(*result);
}

}  // namespace fts::adapters
