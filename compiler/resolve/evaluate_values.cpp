// Values by the type that is wanted.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/base/suggest.hpp"
#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

Value make(Span span, decltype(Value::data) data) { return {span, std::move(data)}; }

// The word that an expression is, where it is one.
const std::string* as_word(const ast::Expr& tree) {
  const auto* name = std::get_if<ast::Name>(&tree.node);
  return name == nullptr ? nullptr : &name->text;
}

const ast::Expr& head_of(const ast::Expr& tree) {
  if (const auto* c = std::get_if<ast::Constructor>(&tree.node)) return head_of(*c->head);
  if (const auto* call = std::get_if<ast::Call>(&tree.node)) return *call->callee;
  return tree;
}

// What an expression is by its form.
std::string_view form_of(const ast::Expr& tree) {
  if (std::holds_alternative<ast::String>(tree.node)) return "a string";
  if (std::holds_alternative<ast::Number>(tree.node)) return "a number";
  if (std::holds_alternative<ast::Regex>(tree.node)) return "a regex";
  if (std::holds_alternative<ast::List>(tree.node)) return "a list";
  if (std::holds_alternative<ast::BodyValue>(tree.node)) return "a body";
  if (std::holds_alternative<ast::Constructor>(tree.node)) return "a word with a body";
  if (std::holds_alternative<ast::Call>(tree.node)) return "a call";
  return "this";
}

bool is_selection_kind(Kind kind) { return kind == Kind::parameters || kind == Kind::modules; }

std::optional<std::string> range_fault(const Type& type, double value) {
  const bool low = value < type.minimum || (type.above_minimum && value <= type.minimum);
  const bool high = value > type.maximum || (type.below_maximum && value >= type.maximum);
  if (!low && !high) return std::nullopt;
  return fmt::format("{} is out of range", value);
}

}  // namespace

Value Evaluator::wrong_type(const ast::Expr& tree, const Type& type) {
  diagnostics_.report(Code::wrong_type, tree.span, fmt::format("{} does not fit here", form_of(tree))).help =
      type.in_words() + " is wanted";
  return make(tree.span, Poison{});
}

// Whether the shape of an expression says that it is meant for this kind; decides between alternatives only.
bool Evaluator::accepts(const Type& type, const ast::Expr& tree, const Scope& scope) {
  const std::string* word = as_word(tree);
  const bool bound = word != nullptr && scope.find(*word) != nullptr;
  switch (type.kind) {
    case Kind::none: return word != nullptr && *word == "none";
    case Kind::boolean: return word != nullptr && (*word == "true" || *word == "false");
    case Kind::list: return std::holds_alternative<ast::List>(tree.node);
    case Kind::expression: return !std::holds_alternative<ast::List>(tree.node);
    case Kind::body:
    case Kind::rules: return std::holds_alternative<ast::BodyValue>(tree.node);
    case Kind::string: return std::holds_alternative<ast::String>(tree.node);
    case Kind::word:
      return word != nullptr && std::find(type.words.begin(), type.words.end(), *word) != type.words.end();
    case Kind::spec: {
      const std::string* head = as_word(head_of(tree));
      return head != nullptr && find_spec(*type.specs, *head) != nullptr;
    }
    case Kind::integer:
    case Kind::number:
    case Kind::bytes:
    case Kind::duration:
      return std::holds_alternative<ast::Number>(tree.node) || std::holds_alternative<ast::Binary>(tree.node) ||
             std::holds_alternative<ast::Unary>(tree.node) || std::holds_alternative<ast::Call>(tree.node) || bound;
    default: return true;
  }
}

Value Evaluator::value(const ast::Expr& tree, const Type& type, const Scope& scope) {
  const Step step(*this, tree.span);
  if (std::holds_alternative<ast::ErrorExpr>(tree.node) || !step) return make(tree.span, Poison{});
  if (is_selection_kind(type.kind) && type.alternatives.empty()) {
    return make(tree.span,
                Selected{select(tree, type.kind == Kind::parameters ? Domain::parameters : Domain::modules, scope)});
  }
  if (const auto* c = std::get_if<ast::Conditional>(&tree.node); c != nullptr && type.kind != Kind::expression) {
    const auto yes = truth(*c->condition, scope);
    return yes ? value(*yes ? *c->value : *c->otherwise, type, scope) : make(tree.span, Poison{});
  }
  if (auto behind = behind_let(tree, scope, make(tree.span, Poison{}),
                               [&](const ast::Expr& let, const Scope& inner) { return value(let, type, inner); })) {
    behind->span = tree.span;
    return std::move(*behind);
  }
  if (type.alternatives.empty() || accepts(type, tree, scope)) return of_kind(tree, type, scope);
  for (const auto& other : type.alternatives) {
    if (accepts(other, tree, scope)) return value(tree, other, scope);
  }
  // A class that does not exist: the message of its kind has the nearest one.
  if (type.kind == Kind::spec && as_word(head_of(tree)) != nullptr) return spec(tree, type, scope);
  return wrong_type(tree, type);
}

Value Evaluator::of_kind(const ast::Expr& tree, const Type& type, const Scope& scope) {
  switch (type.kind) {
    case Kind::none: {
      const std::string* word = as_word(tree);
      return word != nullptr && *word == "none" ? make(tree.span, None{}) : wrong_type(tree, type);
    }
    case Kind::word:
    case Kind::dtype: return word(tree, type, scope);
    case Kind::metric: return metric(tree, type, scope);
    case Kind::spec: return spec(tree, type, scope);
    case Kind::list: return list(tree, type, scope);
    case Kind::any: return any(tree, scope);
    case Kind::condition: {
      auto c = condition(tree, scope);
      return c ? make(tree.span, std::move(*c)) : make(tree.span, Poison{});
    }
    case Kind::expression: {
      auto e = expression(tree, scope);
      return e ? make(tree.span, Expression{std::move(*e)}) : make(tree.span, Poison{});
    }
    case Kind::body: {
      const auto* b = std::get_if<ast::BodyValue>(&tree.node);
      return b == nullptr ? wrong_type(tree, type) : make(tree.span, body(*b->body, *type.body, tree.span, scope));
    }
    case Kind::rules: {
      const auto* b = std::get_if<ast::BodyValue>(&tree.node);
      return b == nullptr ? wrong_type(tree, type) : rules(*b->body, type, scope);
    }
    case Kind::parameters:
    case Kind::modules:
      return make(tree.span,
                  Selected{select(tree, type.kind == Kind::parameters ? Domain::parameters : Domain::modules, scope)});
    default: return scalar_value(tree, type, scope);
  }
}

Value Evaluator::scalar_value(const ast::Expr& tree, const Type& type, const Scope& scope) {
  const bool not_scalar =
      std::holds_alternative<ast::List>(tree.node) || std::holds_alternative<ast::BodyValue>(tree.node) ||
      std::holds_alternative<ast::Constructor>(tree.node) || std::holds_alternative<ast::Regex>(tree.node);
  if (not_scalar) return wrong_type(tree, type);
  const auto result = scalar(tree, scope);
  if (!result) return make(tree.span, Poison{});
  const auto mismatch = [&] {
    diagnostics_.report(Code::wrong_type, tree.span, fmt::format("{} does not fit here", result->in_words())).help =
        type.in_words() + " is wanted";
    return make(tree.span, Poison{});
  };
  const Measure unit = type.kind == Kind::bytes      ? Measure::bytes
                       : type.kind == Kind::duration ? Measure::seconds
                                                     : Measure::none;
  if (type.kind == Kind::boolean) {
    const auto* b = std::get_if<bool>(&result->data);
    return b == nullptr ? mismatch() : make(tree.span, *b);
  }
  if (type.kind == Kind::string) {
    const auto* s = std::get_if<std::string>(&result->data);
    return s == nullptr ? mismatch() : make(tree.span, Text{*s});
  }
  const auto* integer = std::get_if<std::int64_t>(&result->data);
  const bool whole_wanted = type.kind == Kind::integer || type.kind == Kind::bytes;
  if (!result->is_number() || result->unit != unit || (whole_wanted && integer == nullptr)) return mismatch();
  if (const auto fault = range_fault(type, result->as_double())) {
    diagnostics_.report(Code::out_of_range, tree.span, *fault).help = type.in_words() + " is wanted";
    return make(tree.span, Poison{});
  }
  return whole_wanted ? make(tree.span, *integer) : make(tree.span, result->as_double());
}

Value Evaluator::word(const ast::Expr& tree, const Type& type, const Scope& scope) {
  const std::string* written_word = as_word(tree);
  std::string text = type.kind == Kind::dtype ? dotted(tree) : "";
  if (text.starts_with("torch.") && scope.find("torch") == nullptr) {
    // as torch spells it
  } else if (written_word != nullptr && scope.find(*written_word) == nullptr) {
    text = *written_word;
  } else {
    const auto result = scalar(tree, scope);
    if (!result) return make(tree.span, Poison{});
    const auto* s = std::get_if<std::string>(&result->data);
    if (s == nullptr) return wrong_type(tree, type);
    text = *s;
  }
  if (type.kind == Kind::dtype) {
    if (const auto dtype = graph::parse_dtype(text)) return make(tree.span, Text{std::string(graph::name(*dtype))});
  } else if (std::find(type.words.begin(), type.words.end(), text) != type.words.end()) {
    return make(tree.span, Text{text});
  }
  const std::vector<std::string_view> known(type.words.begin(), type.words.end());
  const auto near = nearest(text, known);
  diagnostics_.report(Code::unknown_word, tree.span, fmt::format("'{}' is no choice here", text)).help =
      near.empty() ? type.in_words() + " is wanted" : did_you_mean(near);
  return make(tree.span, Poison{});
}

Value Evaluator::metric(const ast::Expr& tree, const Type& type, const Scope& scope) {
  const auto* constructor = std::get_if<ast::Constructor>(&tree.node);
  const ast::Expr& head = constructor == nullptr ? tree : *constructor->head;
  Metric result;
  if (const std::string* name = as_word(head); name != nullptr && scope.find(*name) == nullptr) {
    result.name = *name;
  } else if (std::holds_alternative<ast::String>(head.node) || reference(head, scope)) {
    const auto whole = scalar(head, scope);
    if (!whole) return make(tree.span, Poison{});
    const auto* s = std::get_if<std::string>(&whole->data);
    if (s == nullptr || s->empty()) return wrong_type(head, type);
    result.name = *s;
  } else {
    return report_bad_reference(head, scope) ? make(tree.span, Poison{}) : wrong_type(head, type);
  }
  if (constructor != nullptr)
    result.settings = body(*constructor->body, *type.body, tree.span, scope);
  else
    fill_defaults(*type.body, tree.span, result.settings);
  return make(tree.span, std::move(result));
}

Value Evaluator::list(const ast::Expr& tree, const Type& type, const Scope& scope) {
  const auto* elements = std::get_if<ast::List>(&tree.node);
  if (elements == nullptr) return wrong_type(tree, type);
  ListValue result;
  for (const auto& element : elements->elements) {
    result.elements.push_back(value(*element, *type.element, scope));
    if (result.elements.back().poisoned()) return make(tree.span, Poison{});
  }
  return make(tree.span, std::move(result));
}

// A value whose kind only its form tells.
Value Evaluator::any(const ast::Expr& tree, const Scope& scope) {
  if (const auto* b = std::get_if<ast::BodyValue>(&tree.node)) {
    return make(tree.span, body(*b->body, {.name = "body", .attributes = {}, .open = true}, tree.span, scope));
  }
  if (std::holds_alternative<ast::List>(tree.node)) return list(tree, type::list(type::any()), scope);
  const std::string* name = as_word(tree);
  if (name != nullptr && *name != "true" && *name != "false" && *name != "none" && scope.find(*name) == nullptr) {
    return make(tree.span, Text{*name});
  }
  const auto result = scalar(tree, scope);
  if (!result) return make(tree.span, Poison{});
  if (const auto* b = std::get_if<bool>(&result->data)) return make(tree.span, *b);
  if (const auto* i = std::get_if<std::int64_t>(&result->data)) return make(tree.span, *i);
  if (const auto* d = std::get_if<double>(&result->data)) return make(tree.span, *d);
  if (const auto* s = std::get_if<std::string>(&result->data)) return make(tree.span, Text{*s});
  return make(tree.span, None{});
}

}  // namespace fts::resolve
