// `until` conditions, and the expressions of rates.
#include <fmt/format.h>

#include "compiler/base/code.hpp"
#include "compiler/resolve/evaluator.hpp"

namespace fts::resolve {

namespace {

// plateau's arguments: what a monitor can set, and the metric itself.
const BodySchema& plateau_schema() {
  static const BodySchema schema = [] {
    const BodySchema file = file_schema({});
    const BodySchema& schedule = *file.find("schedule")->type.body;
    BodySchema plateau = *schedule.find("monitor")->type.body;
    plateau.name = "plateau";
    for (auto& attribute : plateau.attributes) attribute.fallback.reset();  // what is not given is the schedule's
    plateau.attributes.push_back(
        {.name = "monitor", .type = type::metric({}), .doc = "The metric; the schedule's if left out."});
    return plateau;
  }();
  return schema;
}

const std::vector<std::string>& condition_words() {
  static const std::vector<std::string> words = {"plateau", "epoch", "epochs", "step", "metric"};
  return words;
}

}  // namespace

std::optional<Condition> Evaluator::condition(const ast::Expr& tree, const Scope& scope) {
  const Step step(*this, tree.span);
  if (std::holds_alternative<ast::ErrorExpr>(tree.node) || !step) return std::nullopt;
  if (const auto* b = std::get_if<ast::Binary>(&tree.node)) {
    if (b->op != ast::BinaryOp::logical_or && b->op != ast::BinaryOp::logical_and)
      return metric_condition(*b, tree.span, scope);
    const auto kind = b->op == ast::BinaryOp::logical_or ? Condition::Kind::any : Condition::Kind::all;
    auto left = condition(*b->left, scope);
    auto right = condition(*b->right, scope);
    if (!left || !right) return std::nullopt;
    Condition both{.kind = kind, .span = tree.span};
    for (auto* part : {&*left, &*right}) {  // a or b or c is one list
      if (part->kind == kind) {
        for (auto& operand : part->operands) both.operands.push_back(std::move(operand));
      } else {
        both.operands.push_back(std::move(*part));
      }
    }
    return both;
  }
  if (const auto* call = std::get_if<ast::Call>(&tree.node)) return condition_call(tree, *call, scope);
  if (const auto* name = std::get_if<ast::Name>(&tree.node)) {
    if (name->text == "plateau") return Condition{.kind = Condition::Kind::plateau, .span = tree.span};
    if (scope.find(name->text) == nullptr) {
      const auto words = condition_words();
      if (std::find(words.begin(), words.end(), name->text) == words.end()) {
        report_unknown_name(name->text, tree.span, scope, words);
      } else {
        const bool metric = name->text == "metric";
        diagnostics_.report(Code::bad_argument, tree.span, fmt::format("'{}' lacks its argument", name->text)).help =
            metric ? "write metric(\"val_acc\") >= 0.9" : fmt::format("write {}(2)", name->text);
      }
      return std::nullopt;
    }
  }
  if (const auto* c = std::get_if<ast::Conditional>(&tree.node)) {
    const auto yes = truth(*c->condition, scope);
    return yes ? condition(*yes ? *c->value : *c->otherwise, scope) : std::nullopt;
  }
  if (auto behind = behind_let(tree, scope, std::optional<Condition>{},
                               [&](const ast::Expr& let, const Scope& inner) { return condition(let, inner); })) {
    return std::move(*behind);
  }
  diagnostics_.report(Code::wrong_type, tree.span, "a condition is wanted here").help =
      "such as plateau, epoch(2), epochs(3), step(500) or metric(\"val_acc\") >= 0.9, joined by and, or";
  return std::nullopt;
}

std::optional<Condition> Evaluator::condition_call(const ast::Expr& tree, const ast::Call& call, const Scope& scope) {
  const auto* name = std::get_if<ast::Name>(&call.callee->node);
  const std::string word = name == nullptr ? "" : name->text;
  if (word == "plateau") {
    const SpecSchema schema{.name = "plateau", .class_name = "", .doc = "", .arguments = plateau_schema()};
    Spec spec{.schema = &schema};
    call_arguments(call, schema, scope, spec);
    Metric overrides;
    if (const auto* monitor = spec.arguments.find("monitor"); monitor != nullptr) {
      if (const auto* m = monitor->value->as<Metric>()) overrides.name = m->name;
    }
    for (auto& entry : spec.arguments.entries) {
      if (entry.value->poisoned()) return std::nullopt;
      if (entry.name != "monitor") overrides.settings.entries.push_back(entry);
    }
    return Condition{
        .kind = Condition::Kind::plateau, .span = tree.span, .operands = {}, .monitor = std::move(overrides)};
  }
  if (word == "metric") {
    diagnostics_.report(Code::wrong_type, tree.span, "a metric must be compared").help =
        "write metric(\"val_acc\") >= 0.9";
    return std::nullopt;
  }
  if (word != "epoch" && word != "epochs" && word != "step") {
    report_unknown_name(word.empty() ? written(*call.callee) : word, call.callee->span, scope, condition_words());
    return std::nullopt;
  }
  if (call.arguments.size() != 1 || call.arguments.front().name) {
    diagnostics_.report(Code::bad_argument, tree.span, fmt::format("'{}' takes one number", word)).help =
        fmt::format("write {}(2)", word);
    return std::nullopt;
  }
  const Value count = value(*call.arguments.front().value, type::integer().at_least(word == "epoch" ? 0 : 1), scope);
  const auto* n = count.as<std::int64_t>();
  if (n == nullptr) return std::nullopt;
  const auto kind = word == "epoch"    ? Condition::Kind::epoch
                    : word == "epochs" ? Condition::Kind::epochs
                                       : Condition::Kind::step;
  return Condition{.kind = kind, .span = tree.span, .operands = {}, .monitor = {}, .count = *n};
}

std::optional<Condition> Evaluator::metric_condition(const ast::Binary& tree, Span span, const Scope& scope) {
  using ast::BinaryOp;
  const auto* call = std::get_if<ast::Call>(&tree.left->node);
  const auto* callee = call == nullptr ? nullptr : std::get_if<ast::Name>(&call->callee->node);
  const bool ordered = tree.op == BinaryOp::less || tree.op == BinaryOp::less_equal || tree.op == BinaryOp::greater ||
                       tree.op == BinaryOp::greater_equal;
  if (callee == nullptr || callee->text != "metric" || !ordered || call->arguments.size() != 1) {
    diagnostics_.report(Code::wrong_type, span, "a condition is wanted here").help =
        "compare a metric with <, <=, > or >=: metric(\"val_acc\") >= 0.9";
    return std::nullopt;
  }
  const Value name = value(*call->arguments.front().value, type::metric({}), scope);
  const Value threshold = value(*tree.right, type::number(), scope);
  const auto* metric = name.as<Metric>();
  const auto* number = threshold.as<double>();
  if (metric == nullptr || number == nullptr) return std::nullopt;
  return Condition{.kind = Condition::Kind::metric,
                   .span = span,
                   .operands = {},
                   .monitor = *metric,
                   .count = 0,
                   .compare = std::string(ast::spelling(tree.op)),
                   .threshold = *number};
}

// Prefix form; what holds neither epoch nor step is one number.
std::optional<nlohmann::json> Evaluator::expression(const ast::Expr& tree, const Scope& scope) {
  const Step step(*this, tree.span);
  if (!step) return std::nullopt;
  const auto* name = std::get_if<ast::Name>(&tree.node);
  if (name != nullptr && (name->text == "epoch" || name->text == "step") && scope.find(name->text) == nullptr)
    return nlohmann::json(name->text);
  if (auto behind = behind_let(tree, scope, std::optional<nlohmann::json>{},
                               [&](const ast::Expr& let, const Scope& inner) { return expression(let, inner); })) {
    return std::move(*behind);
  }
  std::optional<nlohmann::json> result;
  if (const auto* b = std::get_if<ast::Binary>(&tree.node))
    result = prefix_form(ast::spelling(b->op), {b->left.get(), b->right.get()}, scope);
  else if (const auto* u = std::get_if<ast::Unary>(&tree.node))
    result = prefix_form(u->op == ast::UnaryOp::negate ? "negate" : "not", {u->operand.get()}, scope);
  else if (const auto* c = std::get_if<ast::Conditional>(&tree.node))
    result = prefix_form("if", {c->condition.get(), c->value.get(), c->otherwise.get()}, scope);
  else if (const auto* call = std::get_if<ast::Call>(&tree.node))
    result = expression_call(tree, *call, scope);
  else
    return constant(tree, scope);
  if (!result) return std::nullopt;
  for (std::size_t i = 1; i < result->size(); ++i) {
    if (!(*result)[i].is_number() && !(*result)[i].is_boolean()) return result;
  }
  return constant(tree, scope);
}

std::optional<nlohmann::json> Evaluator::prefix_form(std::string_view op, const std::vector<const ast::Expr*>& operands,
                                                     const Scope& scope) {
  nlohmann::json form = nlohmann::json::array({op});
  for (const auto* tree : operands) {
    auto operand = expression(*tree, scope);
    if (!operand) return std::nullopt;
    form.push_back(std::move(*operand));
  }
  return form;
}

std::optional<nlohmann::json> Evaluator::expression_call(const ast::Expr& tree, const ast::Call& call,
                                                         const Scope& scope) {
  const auto* f = std::get_if<ast::Name>(&call.callee->node);
  if (f == nullptr || !is_function(f->text)) {
    diagnostics_
        .report(Code::unknown_name, call.callee->span, fmt::format("there is no function '{}'", written(*call.callee)))
        .help = "the functions are min, max, abs, floor, cos, sin, pow and sqrt";
    return std::nullopt;
  }
  if (const std::string fault = argument_fault(f->text, call.arguments.size()); !fault.empty()) {
    diagnostics_.report(Code::bad_argument, tree.span, fault).help =
        "an expression has one value for each epoch or step";
    return std::nullopt;
  }
  std::vector<const ast::Expr*> operands;
  for (const auto& a : call.arguments) operands.push_back(a.value.get());
  return prefix_form(f->text, operands, scope);
}

std::optional<nlohmann::json> Evaluator::constant(const ast::Expr& tree, const Scope& scope) {
  const auto value = scalar(tree, scope);
  if (!value) return std::nullopt;
  if (const auto* i = std::get_if<std::int64_t>(&value->data)) return nlohmann::json(*i);
  if (const auto* flag = std::get_if<bool>(&value->data)) return nlohmann::json(*flag);
  if (value->is_number()) return nlohmann::json(value->as_double());
  diagnostics_.report(Code::wrong_type, tree.span, "an expression in epoch or step is wanted here");
  return std::nullopt;
}

}  // namespace fts::resolve
