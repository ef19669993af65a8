#include "compiler/ast/builder.hpp"
#include "compiler/base/code.hpp"

namespace fts::ast {

namespace {

// adamw, std.adamw, plugin("x") or "val/acc": what may stand before a body.
bool takes_body(const Expr& head) {
  if (head.parenthesized) return false;
  if (const auto* member = std::get_if<Member>(&head.node)) {
    return !std::holds_alternative<String>(member->base->node) && takes_body(*member->base);
  }
  return std::holds_alternative<Name>(head.node) || std::holds_alternative<Call>(head.node) ||
         std::holds_alternative<String>(head.node);
}

}  // namespace

NewExpr Builder::value(Node node) {
  switch (kind(node)) {
    case Kind::body: return make(span(node), BodyValue{body(node)});
    case Kind::constructor: return constructor(node);
    case Kind::late_value: return value(parts(node).front());
    default: return expr(node);
  }
}

NewExpr Builder::expr(Node node) {
  switch (kind(node)) {
    case Kind::number: return number(node);
    case Kind::str: return string(node);
    case Kind::regex: return regex(node);
    case Kind::name: return make(span(node), Name{std::string(text(node))});
    case Kind::list: return list(node);
    case Kind::paren: return parenthesized(node);
    case Kind::postfix: return postfix(node);
    case Kind::negation: return unary(node, UnaryOp::negate);
    case Kind::not_op: return unary(node, UnaryOp::logical_not);
    case Kind::conditional: return conditional(node);
    case Kind::power:
    case Kind::product:
    case Kind::sum:
    case Kind::set_expr:
    case Kind::comparison:
    case Kind::and_expr:
    case Kind::or_expr:
    case Kind::where_expr: return operators(node);
    default: return error(span(node));  // reported when it was read
  }
}

NewExpr Builder::list(Node node) {
  List list;
  for (const Node element : parts(node)) {
    const Kind k = kind(element);
    if (k != Kind::open_list && k != Kind::close_list && k != Kind::comma) list.elements.push_back(value(element));
  }
  return make(span(node), std::move(list));
}

NewExpr Builder::parenthesized(Node node) {
  auto inside = expr(parts(node)[1]);
  inside->parenthesized = true;
  inside->span = span(node);
  return inside;
}

NewExpr Builder::postfix(Node node) {
  const Nodes nodes = parts(node);
  auto result = expr(nodes.front());
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    const Node step = nodes[i];
    if (std::holds_alternative<ErrorExpr>(result->node)) return error(span(node));
    if (kind(step) == Kind::call) {
      result = call(std::move(result), step);
    } else if (kind(step) == Kind::index) {
      result = index(std::move(result), step);
    } else {
      const Span place = cover(result->span, span(step));
      result = make(place, Member{std::move(result), ident(parts(step).back())});
    }
  }
  return result;
}

NewExpr Builder::call(NewExpr callee, Node node) {
  const Span place = cover(callee->span, span(node));
  Call call{std::move(callee), {}};
  for (const Node argument : parts(node)) {
    const Kind k = kind(argument);
    if (k == Kind::keyword_arg) {
      const Nodes nodes = parts(argument);
      call.arguments.push_back({ident(nodes.front()), value(nodes.back())});
    } else if (k != Kind::open_paren && k != Kind::close_paren && k != Kind::comma) {
      call.arguments.push_back({std::nullopt, value(argument)});
    }
  }
  return make(place, std::move(call));
}

NewExpr Builder::index(NewExpr base, Node node) {
  const Span place = cover(base->span, span(node));
  Index index{std::move(base), {}};
  for (const Node part : parts(node)) {
    const Kind k = kind(part);
    if (k != Kind::open_index && k != Kind::close_index && k != Kind::comma) index.indices.push_back(range(part));
  }
  return make(place, std::move(index));
}

Range Builder::range(Node node) {
  if (kind(node) != Kind::range) return {expr(node), nullptr, span(node)};
  const Nodes nodes = parts(node);
  ExprPtr first = expr(nodes.front());
  return {std::move(first), expr(nodes.back()), span(node)};
}

NewExpr Builder::conditional(Node node) {
  const Nodes nodes = parts(node);  // value if condition else otherwise
  ExprPtr value = expr(nodes[0]);
  ExprPtr condition = expr(nodes[2]);
  ExprPtr otherwise = expr(nodes[4]);
  return make(span(node), Conditional{std::move(value), std::move(condition), std::move(otherwise)});
}

NewExpr Builder::constructor(Node node) {
  const Nodes nodes = parts(node);
  auto head = expr(nodes.front());
  auto braces = body(nodes.back());
  if (std::holds_alternative<ErrorExpr>(head->node)) return error(span(node));
  if (!takes_body(*head)) {
    diagnostics_.report(Code::bad_constructor, head->span, "a body behind what takes none").help =
        "a body follows a name, a call or a string that is the whole value: adamw { … }, plugin(\"x\") { … }";
    return error(span(node));
  }
  return make(span(node), Constructor{std::move(head), std::move(braces)});
}

}  // namespace fts::ast
