#include <algorithm>

#include "compiler/ast/builder.hpp"

namespace fts::ast {

std::string_view Builder::text(Node node) const { return text(span(node)); }

Builder::Nodes Builder::parts(Node node) const {
  Nodes result;
  const Node stop = node + tree_.nodes[node].size;
  for (Node child = node + 1; child < stop; child += tree_.nodes[child].size) {
    if (!grammar::is_trivia(kind(child))) result.push_back(child);
  }
  return result;
}

std::optional<Builder::Node> Builder::part(Node node, Kind wanted) const {
  const Node stop = node + tree_.nodes[node].size;
  for (Node child = node + 1; child < stop; child += tree_.nodes[child].size) {
    if (kind(child) == wanted) return child;
  }
  return std::nullopt;
}

NodeId Builder::new_id() {
  heights_.push_back(0);
  return static_cast<NodeId>(heights_.size() - 1);
}

std::uint32_t Builder::height(const Body& body) const {
  std::uint32_t highest = 0;
  for (const Item& item : body.items) highest = std::max(highest, heights_[item.id]);
  return highest;
}

// The greatest height among the parts of an expression.
struct Builder::Below {
  const Builder& builder;

  std::uint32_t of(const ExprPtr& expr) const { return expr ? builder.heights_[expr->id] : 0; }

  std::uint32_t operator()(const auto&) const { return 0; }  // leaves
  std::uint32_t operator()(const String& n) const {
    return greatest(n.pieces, [](auto& p) { return &p.interpolation; });
  }
  std::uint32_t operator()(const List& n) const {
    return greatest(n.elements, [](auto& e) { return &e; });
  }
  std::uint32_t operator()(const Call& n) const {
    return std::max(of(n.callee), greatest(n.arguments, [](auto& a) { return &a.value; }));
  }
  std::uint32_t operator()(const Index& n) const {
    const std::uint32_t firsts = greatest(n.indices, [](auto& r) { return &r.first; });
    const std::uint32_t lasts = greatest(n.indices, [](auto& r) { return &r.last; });
    return std::max({of(n.base), firsts, lasts});
  }
  std::uint32_t operator()(const Member& n) const { return of(n.base); }
  std::uint32_t operator()(const Unary& n) const { return of(n.operand); }
  std::uint32_t operator()(const Binary& n) const { return std::max(of(n.left), of(n.right)); }
  std::uint32_t operator()(const Conditional& n) const {
    return std::max({of(n.value), of(n.condition), of(n.otherwise)});
  }
  std::uint32_t operator()(const Constructor& n) const { return std::max(of(n.head), builder.height(*n.body)); }
  std::uint32_t operator()(const BodyValue& n) const { return builder.height(*n.body); }

  std::uint32_t greatest(const auto& parts, auto expr_of) const {
    std::uint32_t highest = 0;
    for (const auto& part : parts) highest = std::max(highest, of(*expr_of(part)));
    return highest;
  }
};

std::uint32_t Builder::height_over(const Expr& expr) const { return 1 + std::visit(Below{*this}, expr.node); }

File Builder::file() {
  File file;
  file.file = tree_.file;
  file.body.span = span(0);
  fill(file.body, parts(0));
  file.node_count = static_cast<NodeId>(heights_.size());
  return file;
}

File build(const grammar::SyntaxTree& tree, std::string_view text, Diagnostics& diagnostics) {
  return Builder(tree, text, diagnostics).file();
}

}  // namespace fts::ast
