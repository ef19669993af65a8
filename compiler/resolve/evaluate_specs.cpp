// Constructors, calls and words that stand for a class: adamw { … }, module_types("A"), composable.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

// A default of a schema as a value; specs and selections have none.
Value from_json(const nlohmann::json& json, Span span) {
  Value value{span, None{}};
  if (json.is_boolean())
    value.data = json.get<bool>();
  else if (json.is_number_integer())
    value.data = json.get<std::int64_t>();
  else if (json.is_number())
    value.data = json.get<double>();
  else if (json.is_string())
    value.data = Text{json.get<std::string>()};
  else if (json.is_array()) {
    ListValue list;
    for (const auto& element : json) list.elements.push_back(from_json(element, span));
    value.data = std::move(list);
  } else if (json.is_object()) {
    Body body{.span = span};
    for (const auto& [name, element] : json.items()) {
      body.entries.push_back({.name = name,
                              .name_span = span,
                              .value = std::make_shared<Value>(from_json(element, span)),
                              .given = false});
    }
    value.data = std::move(body);
  }
  return value;
}

}  // namespace

void Evaluator::fill_defaults(const BodySchema& schema, Span owner, Body& into, bool incomplete) {
  for (const auto& attribute : schema.attributes) {
    if (into.find(attribute.name) != nullptr) continue;
    if (attribute.required && !incomplete) {
      diagnostics_.report(Code::missing_attribute, owner, fmt::format("'{}' needs '{}'", schema.name, attribute.name))
          .help = fmt::format("write {} = …: {}", attribute.name, attribute.type.in_words());
    }
    if (!attribute.fallback) continue;
    Value fallback = from_json(*attribute.fallback, owner);
    const bool number_wanted = attribute.type.kind == Kind::number;
    if (const auto* i = fallback.as<std::int64_t>(); i != nullptr && number_wanted)
      fallback.data = static_cast<double>(*i);
    into.entries.push_back({.name = attribute.name,
                            .name_span = owner,
                            .value = std::make_shared<Value>(std::move(fallback)),
                            .given = false});
  }
}

Value Evaluator::spec(const ast::Expr& tree, const Type& type, const Scope& scope) {
  const auto* constructor = std::get_if<ast::Constructor>(&tree.node);
  const ast::Expr& outer = constructor == nullptr ? tree : *constructor->head;
  const auto* call = std::get_if<ast::Call>(&outer.node);
  const ast::Expr& head = call == nullptr ? outer : *call->callee;
  const auto* name = std::get_if<ast::Name>(&head.node);
  if (name == nullptr) return report_bad_reference(head, scope) ? Value{tree.span, Poison{}} : wrong_type(outer, type);
  const SpecSchema* schema = find_spec(*type.specs, name->text);
  if (schema == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& spec : *type.specs) known.push_back(spec.name);
    const auto near = nearest(name->text, known);
    auto& d = diagnostics_.report(Code::unknown_word, head.span, fmt::format("there is no '{}' here", name->text));
    d.help = near.empty() ? type.in_words() + " is wanted" : did_you_mean(near);
    return {tree.span, Poison{}};
  }
  Spec result{.schema = schema};
  result.arguments.span = tree.span;
  if (call != nullptr) call_arguments(*call, *schema, scope, result);
  if (schema->refine) {
    schema = schema->refine(result.arguments, diagnostics_);
    if (schema == nullptr) return {tree.span, Poison{}};
    result.schema = schema;
  }
  if (constructor != nullptr) {
    Scope& inner = new_scope(&scope);
    bind_items(*constructor->body, inner);
    Filling filling{result.arguments};
    for (const auto& entry : result.arguments.entries) filling.places.emplace(entry.name, entry.name_span);
    items(*constructor->body, schema->arguments, inner, filling);
  }
  const bool incomplete = constructor != nullptr && constructor->body->incomplete;
  fill_defaults(schema->arguments, head.span, result.arguments, incomplete);
  return {tree.span, std::move(result)};
}

void Evaluator::call_arguments(const ast::Call& call, const SpecSchema& schema, const Scope& scope, Spec& into) {
  std::size_t place = 0;
  for (const auto& argument : call.arguments) {
    const bool by_place = !argument.name;
    if (by_place && place >= schema.positional.size() && schema.variadic) {
      into.variadic.push_back(value(*argument.value, *schema.variadic, scope));
      continue;
    }
    if (by_place && place >= schema.positional.size()) {
      diagnostics_
          .report(Code::bad_argument, argument.value->span,
                  fmt::format("'{}' takes no further argument here", schema.name))
          .help = "give arguments by name";
      continue;
    }
    const std::string name = by_place ? schema.positional[place++] : argument.name->text;
    const Span span = by_place ? argument.value->span : argument.name->span;
    const AttributeSchema* attribute = schema.arguments.find(name);
    if (attribute == nullptr) {
      std::vector<std::string_view> known;
      for (const auto& a : schema.arguments.attributes) known.push_back(a.name);
      diagnostics_.report(Code::bad_argument, span, fmt::format("'{}' has no argument '{}'", schema.name, name)).help =
          did_you_mean(nearest(name, known));
      continue;
    }
    if (into.arguments.find(attribute->name) != nullptr) {
      diagnostics_.report(Code::repeated_attribute, span, fmt::format("'{}' is given twice", attribute->name)).help =
          "leave one of them out";
      continue;
    }
    into.arguments.entries.push_back(
        {.name = attribute->name,
         .name_span = span,
         .value = std::make_shared<Value>(value(*argument.value, attribute->type, scope))});
  }
}

}  // namespace fts::resolve
