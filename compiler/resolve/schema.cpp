#include "compiler/resolve/schema.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fts::resolve {

namespace {

std::string range_words(const Type& t) {
  std::string words;
  if (std::isfinite(t.minimum)) words += fmt::format(" {} {}", t.above_minimum ? ">" : ">=", t.minimum);
  if (std::isfinite(t.maximum)) {
    words += fmt::format("{} {} {}", words.empty() ? "" : " and", t.below_maximum ? "<" : "<=", t.maximum);
  }
  return words;
}

std::string kind_words(const Type& t) {
  switch (t.kind) {
    case Kind::none: return "none";
    case Kind::boolean: return "true or false";
    case Kind::integer: return "a whole number" + range_words(t);
    case Kind::number: return "a number" + range_words(t);
    case Kind::string: return "a string";
    case Kind::bytes: return "a size such as 80GiB";
    case Kind::duration: return "a time such as 30s";
    case Kind::word: return t.words.size() == 1 ? t.words.front() : fmt::format("one of {}", fmt::join(t.words, ", "));
    case Kind::dtype: return "a dtype such as f32 or bf16";
    case Kind::metric: return "a metric's name";
    case Kind::parameters: return "a selection of parameters";
    case Kind::modules: return "a selection of modules";
    case Kind::condition: return "a condition such as plateau or epoch(2)";
    case Kind::expression: return "an expression in epoch or step";
    case Kind::any: return "a value";
    case Kind::list: return "a list of " + t.element->in_words();
    case Kind::body: return "a body { … }";
    case Kind::rules: return "rules { selection => … }";
    case Kind::spec: {
      std::vector<std::string_view> names;
      for (const auto& spec : *t.specs) names.push_back(spec.name);
      return fmt::format("one of {}", fmt::join(names, ", "));
    }
  }
  return {};
}

Type make(Kind kind) {
  Type t;
  t.kind = kind;
  return t;
}

}  // namespace

Type Type::at_least(double value) const {
  Type t = *this;
  t.minimum = value;
  return t;
}
Type Type::above(double value) const {
  Type t = at_least(value);
  t.above_minimum = true;
  return t;
}
Type Type::at_most(double value) const {
  Type t = *this;
  t.maximum = value;
  return t;
}
Type Type::below(double value) const {
  Type t = at_most(value);
  t.below_maximum = true;
  return t;
}
Type Type::or_else(Type other) const {
  Type t = *this;
  t.alternatives.push_back(std::move(other));
  return t;
}

std::string Type::in_words() const {
  std::string all = kind_words(*this);
  for (const auto& other : alternatives) all += ", or " + kind_words(other);
  return all;
}

namespace type {
Type none() { return make(Kind::none); }
Type boolean() { return make(Kind::boolean); }
Type integer() { return make(Kind::integer); }
Type number() { return make(Kind::number); }
Type string() { return make(Kind::string); }
Type bytes() { return make(Kind::bytes).at_least(0); }
Type duration() { return make(Kind::duration).above(0); }
Type dtype() { return make(Kind::dtype); }
Type parameters() { return make(Kind::parameters); }
Type modules() { return make(Kind::modules); }
Type condition() { return make(Kind::condition); }
Type expression() { return make(Kind::expression); }
Type any() { return make(Kind::any); }
Type word(std::vector<std::string> words) {
  Type t = make(Kind::word);
  t.words = std::move(words);
  return t;
}
Type list(Type element) {
  Type t = make(Kind::list);
  t.element = std::make_shared<Type>(std::move(element));
  return t;
}
Type metric(BodySchema body) {
  Type t = make(Kind::metric);
  t.body = std::make_shared<BodySchema>(std::move(body));
  return t;
}
Type body(BodySchema body) {
  Type t = make(Kind::body);
  t.body = std::make_shared<BodySchema>(std::move(body));
  return t;
}
Type rules(Kind keys, Type element) {
  Type t = make(Kind::rules);
  t.keys = keys;
  t.element = std::make_shared<Type>(std::move(element));
  return t;
}
Type spec(std::vector<SpecSchema> specs) {
  Type t = make(Kind::spec);
  t.specs = std::make_shared<std::vector<SpecSchema>>(std::move(specs));
  return t;
}
}  // namespace type

const AttributeSchema* BodySchema::find(std::string_view wanted) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const AttributeSchema& a) {
    return a.name == wanted || (!a.alias.empty() && a.alias == wanted);
  });
  return found == attributes.end() ? nullptr : &*found;
}

const SpecSchema* find_spec(const std::vector<SpecSchema>& specs, std::string_view name) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const SpecSchema& s) {
    return s.name == name || (!s.class_name.empty() && s.class_name == name);
  });
  return found == specs.end() ? nullptr : &*found;
}

}  // namespace fts::resolve
