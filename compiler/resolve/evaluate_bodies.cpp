// Bodies of attributes and bodies of rules; loops are unrolled here.
#include <algorithm>
#include <cctype>
#include <tuple>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

// What is written in its place here, for names from PyTorch, Lightning and FTS's YAML; empty: unknown.
std::string_view habitual(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kHabits[] = {
      {"params", "thaw"},
      {"parameters", "thaw"},
      {"learning_rate", "lr"},
      {"epochs", "until = epochs(3)"},
      {"max_transition_epoch", "until = plateau or epoch(3)"},
      {"new_optimizer", "optimizer"},
      {"new_lr_scheduler", "lr_scheduler"},
      {"scheduler", "lr_scheduler"},
      {"max_norm", "gradient_clip_val"}};
  for (const auto& [from, to] : kHabits) {
    if (from == name) return to;
  }
  return {};
}

bool is_identifier(const std::string& text) {
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::all_of(text.begin(), text.end(), word);
}

}  // namespace

template <typename Each>
void Evaluator::loop(const ast::For& tree, const Scope& scope, Each each) {
  if (tree.range.last == nullptr) {
    diagnostics_.report(Code::wrong_type, tree.range.span, "a loop goes over a range").help =
        "write a range such as 0..5";
    return;
  }
  for (const auto i : range(tree.range, scope)) {
    if (!spend(1, tree.range.span)) return;
    Scope& inner = new_scope(&scope);
    inner.names[tree.variable.text] = {.span = tree.variable.span, .value = Scalar{i}};
    bind_items(*tree.body, inner);
    each(*tree.body, inner);
  }
}

Body Evaluator::body(const ast::Body& tree, const BodySchema& schema, Span owner, const Scope& scope) {
  Body result{.span = tree.span};
  Scope& inner = new_scope(&scope);
  bind_items(tree, inner);
  Filling filling{result};
  const BodySchema* wanted = &schema;
  BodySchema extended;
  if (!schema.discriminator.empty()) {  // a strategy's adapter brings attributes of its own
    for (const auto& item : tree.items) {
      const auto* a = std::get_if<ast::Attribute>(&item.node);
      if (a != nullptr && a->name.text == schema.discriminator) attribute(*a, schema, inner, filling);
    }
    const Value* chosen = result.value(schema.discriminator);
    const auto* spec = chosen == nullptr ? nullptr : chosen->as<Spec>();
    if (spec == nullptr && result.find(schema.discriminator) != nullptr)
      return result;  // poisoned: what it has is unknown
    if (spec != nullptr) {
      extended = schema;
      const auto& by_place = spec->schema->positional;  // these are its call's, not the body's
      for (const auto& own : spec->schema->arguments.attributes) {
        if (std::find(by_place.begin(), by_place.end(), own.name) == by_place.end()) extended.attributes.push_back(own);
      }
      wanted = &extended;
    }
  }
  items(tree, *wanted, inner, filling);
  fill_defaults(*wanted, owner, result, tree.incomplete);
  return result;
}

void Evaluator::items(const ast::Body& tree, const BodySchema& schema, const Scope& scope, Filling& into) {
  for (const auto& item : tree.items) {
    if (const auto* a = std::get_if<ast::Attribute>(&item.node)) {
      if (a->name.text != schema.discriminator || into.body.find(a->name.text) == nullptr)
        attribute(*a, schema, scope, into);
    } else if (const auto* f = std::get_if<ast::For>(&item.node)) {
      loop(*f, scope, [&](const ast::Body& body, const Scope& inner) { items(body, schema, inner, into); });
    } else if (const auto* r = std::get_if<ast::Rule>(&item.node); r != nullptr && !tree.incomplete) {
      diagnostics_
          .report(Code::misplaced_item, r->selection->span,
                  fmt::format("'{}' holds attributes, not rules", schema.name))
          .help = "write name = value";
    }
  }
}

void Evaluator::attribute(const ast::Attribute& tree, const BodySchema& schema, const Scope& scope, Filling& into) {
  const AttributeSchema* wanted = schema.find(tree.name.text);
  const AttributeSchema free{.name = tree.name.text, .type = type::any(), .doc = ""};
  if (wanted == nullptr && schema.open) wanted = &free;
  if (wanted == nullptr) return unknown_attribute(tree, schema);
  Entry entry{.name = wanted->name, .name_span = tree.name.span};
  if (!label(tree, *wanted, scope, entry)) return;
  if (report_repeated(tree, *wanted, entry, scope, into)) return;
  const bool is_schedule = schema.name == "file" && entry.name == "schedule";
  const bool is_phase = phases_ && schema.name == "schedule" && entry.name == "phase";
  if (is_schedule) phases_ = 0;
  entry.value = std::make_shared<Value>(value(*tree.value, wanted->type, scope));
  if (is_schedule) phases_.reset();
  if (is_phase) {
    const auto* phase = entry.value->as<Body>();
    const auto thaw = phase == nullptr ? std::nullopt : phase->selection("thaw");
    selections_.set_thaw((*phases_)++, thaw ? *thaw : poisoned(Domain::parameters, tree.name.span));
  }
  into.body.entries.push_back(std::move(entry));
}

bool Evaluator::report_repeated(const ast::Attribute& tree, const AttributeSchema& schema, const Entry& entry,
                                const Scope& scope, Filling& into) {
  const bool labelled = !entry.label.empty();
  const std::string what = labelled ? entry.name + " " + entry.label : entry.name;
  const auto [known, fresh] =
      into.places.try_emplace(schema.repeatable ? what : entry.name, labelled ? entry.label_span : entry.name_span);
  if (fresh) return false;
  const Span here = labelled ? entry.label_span : entry.name_span;
  const Span first = known->second;
  auto& d = diagnostics_.report(Code::repeated_attribute, here, fmt::format("'{}' is given twice", what));
  if (here == first) {
    d.help = fmt::format("every turn of the loop gives it: label it with the loop's variable, as in \"{}_${{i}}\"",
                         labelled ? entry.label : entry.name);
  } else {
    d.notes.push_back({"the first one", first});
    d.help = schema.repeatable ? "give one of them another label" : "leave one of them out";
    if (schema.repeatable) std::ignore = value(*tree.value, schema.type, scope);  // for the faults of its own
  }
  return true;
}

bool Evaluator::label(const ast::Attribute& tree, const AttributeSchema& schema, const Scope& scope, Entry& entry) {
  if (schema.label == Label::forbidden) {
    if (tree.label == nullptr) return true;
    diagnostics_.report(Code::bad_label, tree.label->span, fmt::format("'{}' takes no label", schema.name));
    return false;
  }
  if (tree.label == nullptr) {
    diagnostics_.report(Code::bad_label, tree.name.span, fmt::format("'{}' needs a label", schema.name)).help =
        fmt::format("write {} some_name {{ … }}", schema.name);
    return false;
  }
  const auto* string = std::get_if<ast::String>(&tree.label->node);
  const auto text = string == nullptr ? std::nullopt : this->text(*string, scope);
  if (!text) return false;
  if (!is_identifier(*text)) {
    diagnostics_.report(Code::bad_label, tree.label->span, fmt::format("the label '{}' is no identifier", *text)).help =
        "use letters, digits and _, no digit first";
    return false;
  }
  entry.label = *text;
  entry.label_span = tree.label->span;
  return true;
}

void Evaluator::unknown_attribute(const ast::Attribute& tree, const BodySchema& schema) {
  std::vector<std::string_view> known;
  for (const auto& a : schema.attributes) known.push_back(a.name);
  const auto near = nearest(tree.name.text, known);
  const std::string where = schema.name == "file" ? "a file" : "'" + schema.name + "'";
  auto& d = diagnostics_.report(Code::unknown_attribute, tree.name.span,
                                fmt::format("{} has no '{}'", where, tree.name.text));
  if (const auto habit = habitual(tree.name.text); schema.find(habit.substr(0, habit.find(' ')))) {
    d.help = fmt::format("write {}", habit.find(' ') == std::string_view::npos ? fmt::format("{} = …", habit) : habit);
    return;
  }
  for (const auto& a : schema.attributes) {
    if (a.type.body != nullptr && a.type.body->find(tree.name.text) != nullptr) {
      d.help = fmt::format("it stands inside of '{}'", a.name);
      return;
    }
  }
  if (schema.name != "file" && file_schema({}).find(tree.name.text) != nullptr) {
    d.help = "it stands at the top of the file";
    return;
  }
  if (!near.empty()) {
    d.help = did_you_mean(near);
    d.fixes.push_back({tree.name.span, near.front(), false});
    return;
  }
  std::string all;
  for (const auto name : known) all += (all.empty() ? "" : ", ") + std::string(name);
  d.help = all.empty() ? "it takes no attributes" : "it has " + all;
}

Value Evaluator::rules(const ast::Body& tree, const Type& type, const Scope& scope) {
  Body result{.span = tree.span};
  Scope& inner = new_scope(&scope);
  bind_items(tree, inner);
  rule_items(tree, type, inner, result);
  return {tree.span, std::move(result)};
}

void Evaluator::rule_items(const ast::Body& tree, const Type& type, const Scope& scope, Body& into) {
  for (const auto& item : tree.items) {
    if (const auto* r = std::get_if<ast::Rule>(&item.node)) {
      const Domain domain = type.keys == Kind::parameters ? Domain::parameters : Domain::modules;
      RuleEntry rule{.selection = select(*r->selection, domain, scope), .span = r->selection->span};
      rule.value = std::make_shared<Value>(value(*r->value, *type.element, scope));
      into.rules.push_back(std::move(rule));
    } else if (const auto* f = std::get_if<ast::For>(&item.node)) {
      loop(*f, scope, [&](const ast::Body& body, const Scope& inner) { rule_items(body, type, inner, into); });
    } else if (const auto* a = std::get_if<ast::Attribute>(&item.node); a != nullptr && !tree.incomplete) {
      diagnostics_.report(Code::misplaced_item, a->name.span, "rules are wanted here, not attributes").help =
          "write selection => value";
    }
  }
}

}  // namespace fts::resolve
