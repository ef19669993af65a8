#include "compiler/lower/parts.hpp"

namespace fts::lower {

namespace {

using nlohmann::json;

class Settings {
 public:
  Settings(const resolve::Program& program, const graph::ParamGraph& graph) : program_(program), graph_(graph) {}

  [[nodiscard]] json of(const resolve::Value& value) const {
    if (const auto* selected = value.as<resolve::Selected>()) return names(selected->id);
    if (const auto* body = value.as<resolve::Body>()) return of(*body);
    if (const auto* list = value.as<resolve::ListValue>()) {
      json all = json::array();
      for (const auto& element : list->elements) all.push_back(of(element));
      return all;
    }
    if (const auto* spec = value.as<resolve::Spec>()) {
      json j = {{"name", spec->schema->name}, {"arguments", of(spec->arguments)}};
      for (const auto& v : spec->variadic) j["arguments"]["args"].push_back(of(v));
      return j;
    }
    return resolve::to_json(value);
  }

  [[nodiscard]] json of(const resolve::Body& body) const {
    if (!body.rules.empty()) {
      json all = json::array();
      for (const auto& rule : body.rules)
        all.push_back({{"select", names(rule.selection)}, {"value", of(*rule.value)}});
      return all;
    }
    json j = json::object();
    for (const auto& entry : body.entries) j[entry.name] = of(*entry.value);
    return j;
  }

 private:
  [[nodiscard]] json names(resolve::SelectionId id) const {
    json all = json::array();
    const bool modules = program_.selections.domain(id) == resolve::Domain::modules;
    for (const auto member : program_.selections.set(id).members()) {
      all.push_back(modules ? graph_.module(member).name : graph_.parameter(member).name);
    }
    return all;
  }

  const resolve::Program& program_;
  const graph::ParamGraph& graph_;
};

}  // namespace

json lower_settings(const resolve::Body& body, const resolve::Program& program, const graph::ParamGraph& graph) {
  return Settings(program, graph).of(body);
}

plan::Spec lower_spec(const resolve::Spec& spec) { return {spec.schema->name, resolve::to_json(spec.arguments)}; }

}  // namespace fts::lower
