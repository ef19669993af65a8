// The builder's parts, one file a topic: items, expressions, operators, literals. Private to this stage.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/ast/ast.hpp"
#include "compiler/base/code.hpp"

namespace fts::ast {

using grammar::Kind;
using grammar::SyntaxTree;

using NewExpr = std::unique_ptr<Expr>;

class Builder {
 public:
  // No expression is deeper than this, so that any stage may walk one recursively.
  static constexpr std::uint32_t kMaxHeight = 1000;

  Builder(const SyntaxTree& tree, std::string_view text, Diagnostics& diagnostics)
      : tree_(tree), text_(text), diagnostics_(diagnostics) {}

  [[nodiscard]] File file();

 private:
  using Node = std::size_t;  // an index into the syntax tree
  using Nodes = std::vector<Node>;

  // ---- the syntax tree (build.cpp)
  [[nodiscard]] Kind kind(Node node) const { return tree_.nodes[node].kind; }
  [[nodiscard]] Span span(Node node) const { return tree_.span(node); }
  [[nodiscard]] std::string_view text(Node node) const;
  [[nodiscard]] std::string_view text(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  [[nodiscard]] Nodes parts(Node node) const;  // children that are no trivia
  [[nodiscard]] std::optional<Node> part(Node node, Kind wanted) const;
  [[nodiscard]] Ident ident(Node node) const { return {std::string(text(node)), span(node)}; }

  // ---- making nodes (build.cpp)
  template <typename T>
  [[nodiscard]] NewExpr make(Span place, T node);
  [[nodiscard]] NewExpr error(Span place) { return make(place, ErrorExpr{}); }
  [[nodiscard]] NodeId new_id();
  [[nodiscard]] std::uint32_t height(const ExprPtr& expr) const { return expr ? heights_[expr->id] : 0; }
  [[nodiscard]] std::uint32_t height(const Body& body) const;
  struct Below;
  [[nodiscard]] std::uint32_t height_over(const Expr& expr) const;

  // ---- items (build_items.cpp)
  [[nodiscard]] BodyPtr body(Node node);
  void fill(Body& body, const Nodes& nodes);
  [[nodiscard]] std::optional<Item> item(Node node);
  [[nodiscard]] std::optional<Item> attribute(Node node);
  [[nodiscard]] std::optional<Item> block(Node node);
  [[nodiscard]] std::optional<Item> rule(Node node);
  [[nodiscard]] std::optional<Item> let(Node node);
  [[nodiscard]] std::optional<Item> for_loop(Node node);
  [[nodiscard]] std::optional<Item> use(Node node);
  [[nodiscard]] std::optional<std::string> file_path(Node str);
  [[nodiscard]] std::optional<Item> input(Node node);
  [[nodiscard]] Item let_of_error(Node node, Ident name);
  [[nodiscard]] ExprPtr value_of(Node item);  // the value behind an item's '=' or '=>'
  [[nodiscard]] ExprPtr label(Node node);
  [[nodiscard]] bool may_bind(const Ident& name);
  template <typename T>
  [[nodiscard]] Item make_item(Node node, std::uint32_t below, T content);

  // ---- expressions (build_expressions.cpp)
  [[nodiscard]] NewExpr value(Node node);
  [[nodiscard]] NewExpr expr(Node node);
  [[nodiscard]] NewExpr list(Node node);
  [[nodiscard]] NewExpr parenthesized(Node node);
  [[nodiscard]] NewExpr postfix(Node node);
  [[nodiscard]] NewExpr call(NewExpr callee, Node node);
  [[nodiscard]] NewExpr index(NewExpr base, Node node);
  [[nodiscard]] NewExpr conditional(Node node);
  [[nodiscard]] NewExpr constructor(Node node);
  [[nodiscard]] Range range(Node node);

  // ---- operators (build_operators.cpp)
  struct Chain {
    std::vector<NewExpr> operands;
    std::vector<BinaryOp> ops;
    std::vector<Span> op_spans;
  };
  [[nodiscard]] NewExpr unary(Node node, UnaryOp op);
  [[nodiscard]] NewExpr operators(Node node);
  [[nodiscard]] std::optional<Chain> chain(Node node);
  [[nodiscard]] NewExpr comparison(Node node, Chain chain);
  [[nodiscard]] NewExpr set_expression(Node node, Chain chain);
  [[nodiscard]] NewExpr fold_left(Chain chain);
  [[nodiscard]] NewExpr fold_balanced(Chain& chain, std::size_t first, std::size_t last);
  [[nodiscard]] NewExpr binary(NewExpr left, BinaryOp op, Span op_span, NewExpr right);

  // ---- literals (build_literals.cpp)
  [[nodiscard]] NewExpr number(Node node);
  [[nodiscard]] NewExpr string(Node node);
  [[nodiscard]] NewExpr regex(Node node);
  [[nodiscard]] std::optional<std::string> unescape(Node node);

  const SyntaxTree& tree_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::vector<std::uint32_t> heights_;  // by id
  int body_depth_ = 0;                  // 0 at the top of the file
};

// Reports a body that holds attributes and rules, and takes out those of the kind that came second. Loops count for
// what is in them.
void settle_body_kind(Body& body, Diagnostics& diagnostics);

template <typename T>
NewExpr Builder::make(Span place, T node) {
  auto expr = std::make_unique<Expr>();
  expr->span = place;
  expr->node = std::move(node);
  const std::uint32_t above = height_over(*expr);
  if (above > kMaxHeight) {
    diagnostics_.report(Code::nested_too_deeply, place, "an expression of more than 1000 steps").help =
        "name a part of it with let";
    return error(place);
  }
  expr->id = new_id();
  heights_[expr->id] = above;
  return expr;
}

template <typename T>
Item Builder::make_item(Node node, std::uint32_t below, T content) {
  const NodeId id = new_id();
  heights_[id] = below;
  return Item{id, span(node), std::move(content)};
}

}  // namespace fts::ast
