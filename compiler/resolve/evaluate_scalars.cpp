// Numbers, truth values and strings.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

std::optional<Scalar> Evaluator::settled(ScalarResult result, Span span) {
  if (result) return *result;
  diagnostics_.report(Code::arithmetic_fault, span, result.error()).help =
      "every expression must have a value before training starts";
  return std::nullopt;
}

std::optional<Scalar> Evaluator::scalar(const ast::Expr& tree, const Scope& scope) {
  const Step step(*this, tree.span);
  if (!step) return std::nullopt;
  if (const auto* n = std::get_if<ast::Number>(&tree.node)) return settled(number(*n), tree.span);
  if (const auto* s = std::get_if<ast::String>(&tree.node)) {
    auto whole = text(*s, scope);
    return whole ? std::optional(Scalar{std::move(*whole)}) : std::nullopt;
  }
  if (const auto* u = std::get_if<ast::Unary>(&tree.node)) {
    const auto operand = scalar(*u->operand, scope);
    return operand ? settled(apply(u->op, *operand), tree.span) : std::nullopt;
  }
  if (const auto* b = std::get_if<ast::Binary>(&tree.node)) {
    const auto left = scalar(*b->left, scope);
    const auto right = scalar(*b->right, scope);
    return left && right ? settled(apply(b->op, *left, *right), tree.span) : std::nullopt;
  }
  if (const auto* c = std::get_if<ast::Conditional>(&tree.node)) {
    const auto yes = truth(*c->condition, scope);
    return yes ? scalar(*yes ? *c->value : *c->otherwise, scope) : std::nullopt;
  }
  if (const auto* call = std::get_if<ast::Call>(&tree.node)) return scalar_call(tree, *call, scope);
  if (std::holds_alternative<ast::ErrorExpr>(tree.node)) return std::nullopt;
  return scalar_name(tree, scope);
}

std::optional<Scalar> Evaluator::scalar_name(const ast::Expr& tree, const Scope& scope) {
  if (const auto* name = std::get_if<ast::Name>(&tree.node)) {
    if (name->text == "true") return Scalar{true};
    if (name->text == "false") return Scalar{false};
    if (name->text == "none") return Scalar{};
  }
  const auto ref = reference(tree, scope);
  if (!ref) {
    if (const auto* root = unbound_root(tree, scope))
      report_unknown_name(std::get<ast::Name>(root->node).text, root->span, scope, {});
    else
      diagnostics_.report(Code::wrong_type, tree.span, "a number, a string, true or false is wanted here");
    return std::nullopt;
  }
  if (ref->binding == nullptr || ref->binding->poisoned) return std::nullopt;
  if (ref->binding->value) return ref->binding->value;
  if (ref->binding->module != nullptr) {
    diagnostics_.report(Code::wrong_type, tree.span, fmt::format("'{}' is a module, not a value", ref->name));
    return std::nullopt;
  }
  const auto indices = let_indices(*ref, tree, scope);
  if (!indices) return std::nullopt;
  return with_let(*ref->binding, *indices, tree.span, std::optional<Scalar>{},
                  [&](const ast::Expr& value, const Scope& inner) { return scalar(value, inner); });
}

std::optional<std::vector<Scalar>> Evaluator::let_indices(const Reference& ref, const ast::Expr& tree,
                                                          const Scope& scope) {
  std::vector<Scalar> indices;
  const std::size_t wanted = ref.binding->let->indices.size();
  const std::size_t given = ref.indices == nullptr ? 0 : ref.indices->size();
  if (given != wanted) {
    diagnostics_
        .report(Code::wrong_type, tree.span,
                fmt::format("'{}' takes {} ind{}, not {}", ref.name, wanted, wanted == 1 ? "ex" : "ices", given))
        .help = wanted == 0 ? "write its name alone" : fmt::format("write {}[0]", ref.name);
    return std::nullopt;
  }
  for (std::size_t i = 0; i < given; ++i) {
    const auto& range = (*ref.indices)[i];
    if (range.last != nullptr) {
      diagnostics_.report(Code::wrong_type, range.span, "one index is wanted here, not a range").help =
          "only a selection takes a range of indices";
      return std::nullopt;
    }
    const auto index = scalar(*range.first, scope);
    if (!index) return std::nullopt;
    indices.push_back(*index);
  }
  return indices;
}

std::optional<std::size_t> Evaluator::length(const ast::Expr& tree, const Scope& scope) {
  const Step step(*this, tree.span);
  if (!step) return std::nullopt;
  if (const auto* list = std::get_if<ast::List>(&tree.node)) return list->elements.size();
  if (auto behind = behind_let<std::optional<std::size_t>>(
          tree, scope, std::nullopt, [&](const ast::Expr& let, const Scope& inner) { return length(let, inner); }))
    return *behind;
  diagnostics_.report(Code::bad_argument, tree.span, "'len' takes a list").help =
      "such as len([1, 2]), or a let's name";
  return std::nullopt;
}

std::optional<Scalar> Evaluator::scalar_call(const ast::Expr& tree, const ast::Call& call, const Scope& scope) {
  const auto* name = std::get_if<ast::Name>(&call.callee->node);
  if (name == nullptr || (!is_function(name->text) && name->text != "len")) {
    diagnostics_
        .report(Code::unknown_name, call.callee->span, fmt::format("there is no function '{}'", written(*call.callee)))
        .help = "the functions are min, max, abs, floor, cos, sin, pow, sqrt and len";
    return std::nullopt;
  }
  if (name->text == "len") {
    if (call.arguments.size() != 1 || call.arguments.front().name) {
      diagnostics_.report(Code::bad_argument, tree.span, "'len' takes one list").help = "such as len([1, 2])";
      return std::nullopt;
    }
    const auto elements = length(*call.arguments.front().value, scope);
    return elements ? std::optional(Scalar{static_cast<std::int64_t>(*elements)}) : std::nullopt;
  }
  std::vector<Scalar> arguments;
  for (const auto& argument : call.arguments) {
    if (argument.name) {
      diagnostics_.report(Code::bad_argument, argument.name->span,
                          fmt::format("'{}' takes no named arguments", name->text));
      return std::nullopt;
    }
    const auto value = scalar(*argument.value, scope);
    if (!value) return std::nullopt;
    arguments.push_back(*value);
  }
  return settled(call_function(name->text, arguments), tree.span);
}

std::optional<std::string> Evaluator::text(const ast::String& tree, const Scope& scope) {
  std::string whole;
  for (const auto& piece : tree.pieces) {
    if (piece.interpolation == nullptr) {
      whole += piece.text;
      continue;
    }
    const auto value = scalar(*piece.interpolation, scope);
    if (!value) return std::nullopt;
    if (const auto* s = std::get_if<std::string>(&value->data))
      whole += *s;
    else if (const auto* i = std::get_if<std::int64_t>(&value->data))
      whole += fmt::format("{}", *i);
    else if (const auto* d = std::get_if<double>(&value->data))
      whole += fmt::format("{}", *d);
    else if (const auto* b = std::get_if<bool>(&value->data))
      whole += *b ? "true" : "false";
    else {
      diagnostics_.report(Code::wrong_type, piece.interpolation->span, "none cannot stand in a string");
      return std::nullopt;
    }
  }
  return whole;
}

std::optional<bool> Evaluator::truth(const ast::Expr& tree, const Scope& scope) {
  const auto value = scalar(tree, scope);
  if (!value) return std::nullopt;
  if (const auto* b = std::get_if<bool>(&value->data)) return *b;
  diagnostics_.report(Code::wrong_type, tree.span,
                      fmt::format("a condition is true or false, not {}", value->in_words()));
  return std::nullopt;
}

std::optional<std::pair<std::int64_t, std::int64_t>> Evaluator::bounds(const ast::Range& range, const Scope& scope) {
  const auto integer = [&](const ast::Expr& tree) -> std::optional<std::int64_t> {
    const auto value = scalar(tree, scope);
    if (!value) return std::nullopt;
    if (const auto* i = std::get_if<std::int64_t>(&value->data)) return *i;
    diagnostics_.report(Code::wrong_type, tree.span, fmt::format("a whole number is wanted, not {}", value->in_words()))
        .help = "indices and the ends of a range are whole numbers, such as 0, or -1 for the last";
    return std::nullopt;
  };
  const auto first = integer(*range.first);
  const auto last = range.last == nullptr ? first : integer(*range.last);
  if (!first || !last) return std::nullopt;
  return std::pair(*first, *last);
}

std::vector<std::int64_t> Evaluator::range(const ast::Range& range, const Scope& scope) {
  const auto ends = bounds(range, scope);
  if (!ends) return {};
  const auto literal = [](const ast::ExprPtr& e) {
    return e != nullptr && std::holds_alternative<ast::Number>(e->node);
  };
  const auto [first, last] = *ends;
  const bool down = last < first;
  if (down && !(literal(range.first) && literal(range.last))) return {};  // 0..n-1 with n = 0 is empty
  const auto count = static_cast<std::uint64_t>(down ? first - last : last - first) + 1;
  if (count == 0 || !spend(count, range.span)) return {};
  std::vector<std::int64_t> values(count);
  for (std::uint64_t i = 0; i < count; ++i)
    values[i] = down ? first - static_cast<std::int64_t>(i) : first + static_cast<std::int64_t>(i);
  return values;
}

}  // namespace fts::resolve
