#include <algorithm>
#include <array>

#include "compiler/ast/builder.hpp"
#include "compiler/base/code.hpp"

namespace fts::ast {

namespace {

// Chains of this many operands are built as balanced trees where the grouping does not matter.
constexpr std::size_t kLongChain = 100;

struct Spelling {
  std::string_view text;
  BinaryOp op;
};

constexpr std::array<Spelling, 16> kSpellings = {{
    {"where", BinaryOp::where},
    {"or", BinaryOp::logical_or},
    {"and", BinaryOp::logical_and},
    {"==", BinaryOp::equal},
    {"!=", BinaryOp::not_equal},
    {"<", BinaryOp::less},
    {"<=", BinaryOp::less_equal},
    {">", BinaryOp::greater},
    {">=", BinaryOp::greater_equal},
    {"|", BinaryOp::set_union},
    {"&", BinaryOp::set_intersection},
    {"+", BinaryOp::add},
    {"-", BinaryOp::subtract},
    {"*", BinaryOp::multiply},
    {"/", BinaryOp::divide},
    {"**", BinaryOp::power},
}};

std::optional<BinaryOp> op_of(std::string_view text) {
  const auto found = std::find_if(kSpellings.begin(), kSpellings.end(), [&](const auto& s) { return s.text == text; });
  return found == kSpellings.end() ? std::nullopt : std::optional(found->op);
}

bool is_associative(BinaryOp op) {
  return op == BinaryOp::set_union || op == BinaryOp::set_intersection || op == BinaryOp::logical_or ||
         op == BinaryOp::logical_and;
}

std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

// A difference without parentheses: its '-' stands beside the set operators of the level above.
bool is_open_difference(const Expr& expr) {
  if (expr.parenthesized) return false;
  const auto* binary = std::get_if<Binary>(&expr.node);
  return binary != nullptr && binary->op == BinaryOp::subtract;
}

}  // namespace

std::string_view spelling(BinaryOp op) {
  return std::find_if(kSpellings.begin(), kSpellings.end(), [&](const auto& s) { return s.op == op; })->text;
}

NewExpr Builder::unary(Node node, UnaryOp op) {
  ExprPtr operand = expr(parts(node).back());
  return make(span(node), Unary{op, std::move(operand)});
}

NewExpr Builder::binary(NewExpr left, BinaryOp op, Span op_span, NewExpr right) {
  const Span place = cover(left->span, right->span);
  return make(place, Binary{op, std::move(left), std::move(right), op_span});
}

// Operands and operators in turn; nothing if one of them is an operator of another language.
std::optional<Builder::Chain> Builder::chain(Node node) {
  Chain chain;
  const Nodes nodes = parts(node);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i % 2 == 0) {
      chain.operands.push_back(expr(nodes[i]));
    } else {
      const auto op = op_of(text(nodes[i]));
      if (!op) return std::nullopt;
      chain.ops.push_back(*op);
      chain.op_spans.push_back(span(nodes[i]));
    }
  }
  return chain;
}

NewExpr Builder::operators(Node node) {
  auto chain = this->chain(node);
  if (!chain) return error(span(node));
  if (kind(node) == Kind::comparison) return comparison(node, std::move(*chain));
  if (kind(node) == Kind::set_expr) return set_expression(node, std::move(*chain));
  return fold_left(std::move(*chain));
}

NewExpr Builder::comparison(Node node, Chain chain) {
  if (chain.ops.size() == 1) return fold_left(std::move(chain));
  auto& d = diagnostics_.report(Code::syntax_error, span(node), "comparisons cannot be chained");
  d.help = "join them with 'and'";
  std::string joined;
  for (std::size_t i = 0; i < chain.ops.size(); ++i) {
    if (i > 0) joined += " and ";
    joined += text(chain.operands[i]->span);
    joined += " " + std::string(spelling(chain.ops[i])) + " ";
    joined += text(chain.operands[i + 1]->span);
  }
  d.fixes.push_back({span(node), std::move(joined), false});
  return error(span(node));
}

// Where '|', '&' and '-' meet, readers of different languages see different groups: parentheses say which. The fix
// groups as Python does, '-' tightest, then '&', then '|'.
NewExpr Builder::set_expression(Node node, Chain chain) {
  const bool one_operator =
      std::all_of(chain.ops.begin(), chain.ops.end(), [&](BinaryOp op) { return op == chain.ops[0]; });
  const bool difference = std::any_of(chain.operands.begin(), chain.operands.end(),
                                      [](const NewExpr& operand) { return is_open_difference(*operand); });
  if (one_operator && !difference) return fold_left(std::move(chain));
  std::string grouped, run;
  std::size_t in_run = 0;
  const auto end_run = [&] { grouped += in_run > 1 && !one_operator ? "(" + run + ")" : run; };
  for (std::size_t i = 0; i < chain.operands.size(); ++i) {
    const std::string written(text(chain.operands[i]->span));
    const std::string operand = is_open_difference(*chain.operands[i]) ? "(" + written + ")" : written;
    if (i > 0 && chain.ops[i - 1] == BinaryOp::set_union) {
      end_run();
      grouped += " | ";
      run.clear();
      in_run = 0;
    }
    run += (run.empty() ? "" : " & ") + operand;
    ++in_run;
  }
  end_run();
  auto& d = diagnostics_.report(Code::mixed_set_operators, span(node), "different set operators without parentheses");
  d.help = "say which belongs together: " + on_one_line(grouped);
  d.fixes.push_back({span(node), grouped, false});
  return error(span(node));
}

NewExpr Builder::fold_left(Chain chain) {
  const bool balanced = chain.operands.size() > kLongChain && is_associative(chain.ops[0]);
  if (balanced) return fold_balanced(chain, 0, chain.operands.size());
  const Span whole = cover(chain.operands.front()->span, chain.operands.back()->span);
  auto result = std::move(chain.operands[0]);
  for (std::size_t i = 0; i < chain.ops.size(); ++i) {
    result = binary(std::move(result), chain.ops[i], chain.op_spans[i], std::move(chain.operands[i + 1]));
    if (std::holds_alternative<ErrorExpr>(result->node)) return error(whole);
  }
  return result;
}

NewExpr Builder::fold_balanced(Chain& chain, std::size_t first, std::size_t last) {
  if (last - first == 1) return std::move(chain.operands[first]);
  const std::size_t middle = first + (last - first + 1) / 2;
  auto left = fold_balanced(chain, first, middle);
  auto right = fold_balanced(chain, middle, last);
  return binary(std::move(left), chain.ops[middle - 1], chain.op_spans[middle - 1], std::move(right));
}

}  // namespace fts::ast
