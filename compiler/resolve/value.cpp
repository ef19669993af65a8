#include "compiler/resolve/value.hpp"

#include <algorithm>

namespace fts::resolve {

using nlohmann::json;

const Entry* Body::find(std::string_view name) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

const Value* Body::value(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr || entry->value->poisoned() ? nullptr : entry->value.get();
}

const Value* Body::given(std::string_view name) const {
  const Entry* entry = find(name);
  return entry == nullptr || !entry->given || entry->value->poisoned() ? nullptr : entry->value.get();
}

std::optional<double> Body::number(std::string_view name) const {
  const Value* v = value(name);
  if (v == nullptr) return std::nullopt;
  if (const auto* d = v->as<double>()) return *d;
  if (const auto* i = v->as<std::int64_t>()) return static_cast<double>(*i);
  return std::nullopt;
}

std::optional<std::int64_t> Body::integer(std::string_view name) const {
  const Value* v = value(name);
  const auto* i = v == nullptr ? nullptr : v->as<std::int64_t>();
  return i == nullptr ? std::nullopt : std::optional(*i);
}

std::optional<bool> Body::boolean(std::string_view name) const {
  const Value* v = value(name);
  const auto* b = v == nullptr ? nullptr : v->as<bool>();
  return b == nullptr ? std::nullopt : std::optional(*b);
}

std::optional<std::string> Body::text(std::string_view name) const {
  const Value* v = value(name);
  if (v == nullptr) return std::nullopt;
  if (const auto* t = v->as<Text>()) return t->text;
  if (const auto* m = v->as<Metric>()) return m->name;
  return std::nullopt;
}

const Body* Body::body(std::string_view name) const {
  const Value* v = value(name);
  return v == nullptr ? nullptr : v->as<Body>();
}

std::optional<SelectionId> Body::selection(std::string_view name) const {
  const Value* v = value(name);
  const auto* s = v == nullptr ? nullptr : v->as<Selected>();
  return s == nullptr ? std::nullopt : std::optional(s->id);
}

namespace {

struct ToJson {
  json operator()(const Poison&) const { return nullptr; }
  json operator()(const None&) const { return nullptr; }
  json operator()(bool b) const { return b; }
  json operator()(std::int64_t i) const { return i; }
  json operator()(double d) const { return d; }
  json operator()(const Text& t) const { return t.text; }
  json operator()(const Metric& m) const {
    return m.settings.entries.empty() ? json(m.name) : json{{"metric", m.name}, {"settings", to_json(m.settings)}};
  }
  json operator()(const Selected&) const { return nullptr; }
  json operator()(const Condition&) const { return nullptr; }
  json operator()(const Expression& e) const { return e.tree; }
  json operator()(const Spec& s) const {
    json j = {{"name", s.schema->name}, {"arguments", to_json(s.arguments)}};
    for (const auto& v : s.variadic) j["arguments"]["args"].push_back(to_json(v));
    return j;
  }
  json operator()(const ListValue& l) const {
    json j = json::array();
    for (const auto& v : l.elements) j.push_back(to_json(v));
    return j;
  }
  json operator()(const Body& b) const { return to_json(b); }
};

}  // namespace

json to_json(const Value& value) { return std::visit(ToJson{}, value.data); }

json to_json(const Body& body) {
  json j = json::object();
  for (const auto& entry : body.entries) j[entry.name] = to_json(*entry.value);
  return j;
}

}  // namespace fts::resolve
